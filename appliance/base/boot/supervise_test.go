// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// TestMain lets the test program be the child: given a role it plays a based
// instead of running tests.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && strings.HasPrefix(os.Args[1], "role=") {
		os.Exit(play(strings.TrimPrefix(os.Args[1], "role=")))
	}
	os.Exit(m.Run())
}

// play is a based of one kind or another.
func play(role string) int {
	switch role {
	case "die":
		return 3
	case "site", "site noise":
		return playSite(role)
	case "orphan": // leaves a child behind that ends when its input does
		r, w, err := os.Pipe()
		if err != nil {
			return 1
		}
		child, err := os.StartProcess(os.Args[0], []string{os.Args[0], "role=wait"}, &os.ProcAttr{Files: []*os.File{r, nil, os.Stderr}})
		if err != nil {
			return 1
		}
		fmt.Println(child.Pid)
		w.Close()
		return 0
	case "wait":
		bufio.NewReader(os.Stdin).ReadString('\n')
		return 0
	}
	l, err := Dial()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, unix.SIGTERM)
	switch role {
	case "off":
		err = l.Healthy(context.Background())
		if err == nil {
			err = l.Power(context.Background(), Off, "asked by admin")
		}
	case "reset":
		err = l.FactoryReset(context.Background(), "asked by admin")
	case "crash once":
		if l.Crashes() == 0 {
			return 1
		}
		err = l.Power(context.Background(), Reboot, fmt.Sprintf("crashes %d", l.Crashes()))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	<-told // the supervisor ends its children before the machine
	return 0
}

// children is the one collector of this process; a second would take from it.
var children = sync.OnceValue(newProcesses)

// supervised is a supervisor on a machine that cannot be switched off.
func supervised(t *testing.T, role string) (s *supervisor, down chan command) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s = newSupervisor(Options{Program: []string{self, "role=" + role}})
	s.procs = children()
	s.con.serial = os.Stderr
	s.reportPath = filepath.Join(t.TempDir(), "boot.json")
	down = make(chan command, 1)
	s.down = func(c command) error {
		down <- c
		return nil
	}
	return s, down
}

func TestFiveDeathsRestartTheMachine(t *testing.T) {
	s, down := supervised(t, "die")
	if err := s.watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := <-down; c.kind != Reboot || c.outcome != "crashed" || s.crash.count() != crashLimit {
		t.Errorf("after %d deaths: %+v", s.crash.count(), c)
	}
	r, err := ReadReport(s.reportPath)
	if err != nil || r.Crashes != crashLimit-1 {
		t.Errorf("the last based was told of %d deaths, want %d (%v)", r.Crashes, crashLimit-1, err)
	}
}

func TestProgramThatDoesNotExist(t *testing.T) {
	s, down := supervised(t, "")
	s.opts.Program = []string{filepath.Join(t.TempDir(), "based")}
	if err := s.watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := <-down; c.outcome != "crashed" {
		t.Errorf("%+v", c)
	}
}

func TestBasedSwitchesTheMachineOff(t *testing.T) {
	s, down := supervised(t, "off")
	s.meta, s.mounted = readMetaStore(newMetaFile()), true
	if err := s.meta.makeKey(); err != nil {
		t.Fatal(err)
	}
	if err := s.watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := <-down; c != (command{Off, "asked by admin", "off"}) {
		t.Errorf("%+v", c)
	}
	if !s.praised.Load() || !s.feed.fed() {
		t.Error("the good word did not arrive")
	}
	if b := s.meta.record().Boots; len(b) != 1 || b[0].Outcome != "healthy" {
		t.Errorf("record of boots: %+v", b)
	}
	if !s.meta.record().InUse {
		t.Error("nobody remembers that the state was in use")
	}
	if err := s.power(Reboot, "again"); err == nil {
		t.Error("a machine that is stopping takes orders")
	}
}

// The good word of a based that is quicker than the supervisor notes the boot is
// noted all the same.
func TestGoodWordBeforeTheBootIsNoted(t *testing.T) {
	s, _ := supervised(t, "")
	s.meta = readMetaStore(newMetaFile())
	if err := s.meta.makeKey(); err != nil {
		t.Fatal(err)
	}
	s.healthy()
	s.begun()
	if b := s.meta.record().Boots; len(b) != 1 || b[0].Outcome != "healthy" {
		t.Errorf("record of boots: %+v", b)
	}
}

func TestBasedIsToldOfItsCrashes(t *testing.T) {
	s, down := supervised(t, "crash once")
	if err := s.watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := <-down; c.reason != "crashes 1" {
		t.Errorf("%+v", c)
	}
}

func TestFactoryResetDropsTheKey(t *testing.T) {
	s, down := supervised(t, "reset")
	f := newMetaFile()
	s.meta = readMetaStore(f)
	if err := s.meta.makeKey(); err != nil {
		t.Fatal(err)
	}
	if err := s.watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := <-down; c.kind != Reboot || c.outcome != "factory-reset" {
		t.Errorf("%+v", c)
	}
	if m := readMetaStore(f); len(m.record().Key) != 0 || firstBootDone(m.record().FirstBoot) {
		t.Errorf("the record on disk: %+v", m.record())
	}
}

// A based that is healthy for the first time after it has asked for the reset
// does not make the next one miss what the reset has taken.
func TestGoodWordAfterTheFactoryReset(t *testing.T) {
	s, _ := supervised(t, "")
	s.meta, s.mounted = readMetaStore(newMetaFile()), true
	if err := s.meta.makeKey(); err != nil {
		t.Fatal(err)
	}
	if err := s.factoryReset("asked by admin"); err != nil {
		t.Fatal(err)
	}
	s.healthy()
	if s.meta.record().InUse {
		t.Error("a state that will be new is taken for one that was in use")
	}
}

// busyFile is a partition that takes so long to write that something happens
// meanwhile.
type busyFile struct {
	*powerFile
	meanwhile func()
}

func (f *busyFile) Sync() error {
	if f.meanwhile != nil {
		f.meanwhile()
	}
	return f.powerFile.Sync()
}

// Once the key is gone the reset cannot be refused any more.
func TestPowerButtonDuringTheFactoryReset(t *testing.T) {
	s, _ := supervised(t, "")
	f := &busyFile{powerFile: newMetaFile()}
	s.meta = readMetaStore(f)
	if err := s.meta.makeKey(); err != nil {
		t.Fatal(err)
	}
	var pressed error
	f.meanwhile = sync.OnceFunc(func() { pressed = s.command(command{Off, "the power button was pressed", "off"}) })
	err := s.factoryReset("asked by admin")
	if gone := len(s.meta.record().Key) == 0; gone != (err == nil) {
		t.Errorf("key gone: %v, and the answer is %v", gone, err)
	}
	if c := <-s.commands; pressed != nil || c.kind != Off {
		t.Errorf("the press of the button is answered by %v, what happens is %+v", pressed, c)
	}
}

// A reset that destroyed the key in one copy of the record alone happens at the
// next start: whoever asked for it has to know.
func TestFactoryResetByHalf(t *testing.T) {
	for operations, half := range []bool{false, true, true, true} {
		s, _ := supervised(t, "")
		f := newMetaFile()
		s.meta = readMetaStore(f)
		if err := s.meta.makeKey(); err != nil {
			t.Fatal(err)
		}
		f.left = operations
		err := s.factoryReset("asked by admin")
		if err == nil || strings.Contains(err.Error(), "next start") != half || len(s.commands) != 0 {
			t.Errorf("after %d operations: %v", operations, err)
		}
		if next := readMetaStore(f); (len(next.record().Key) == 0) != half {
			t.Errorf("after %d operations the next start has a key: %v", operations, !half)
		}
	}
}

func TestFactoryResetWithoutDisk(t *testing.T) {
	s, _ := supervised(t, "")
	if err := s.factoryReset("asked by admin"); err == nil {
		t.Error("accepted")
	}
	if len(s.commands) != 0 {
		t.Error("the machine would stop for nothing")
	}
}

func TestKeyboardRestartsTheMachine(t *testing.T) {
	s, down := supervised(t, "idle")
	s.after = func() { s.told <- unix.SIGINT }
	if err := s.watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := <-down; c.kind != Reboot || c.outcome != "reboot" {
		t.Errorf("%+v", c)
	}
}

func TestBasedThatHangsUp(t *testing.T) {
	client, server := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serveLink(server, &orders{}) }()
	client.Close()
	if err := <-ended; err == nil {
		t.Error("the link goes on without a partner")
	}
}

func TestOrphansAreCollected(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	child, err := children().start([]string{self, "role=orphan"}, &os.ProcAttr{Files: []*os.File{nil, w, os.Stderr}})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	<-child.done
	if child.end() != "exit status 0" {
		t.Fatalf("the parent: %s", child.end())
	}
	var orphan int
	if _, err := fmt.Fscan(r, &orphan); err != nil {
		t.Fatal(err)
	}
	// A process that was collected has no entry any more; one that was not
	// stays as a zombie and this never ends.
	pidfd, err := unix.PidfdOpen(orphan, 0)
	if err == nil {
		defer unix.Close(pidfd)
		for unix.Kill(orphan, 0) == nil {
			unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 10)
		}
	}
}

func TestReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "boot.json")
	want := Report{Kernel: "6.1.0", Serial: "S1", Firmware: "bios", FirstBoot: true,
		Steps: []Step{{"disk", 12, 3400, "odd"}}, State: StateResult{Lost: "Gone."}, Seed: layout.Seed{Hostname: "box"}}
	if err := want.write(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: the report holds password hashes", info.Mode(), err)
	}
	got, err := ReadReport(path)
	if err != nil || got.State.Lost != "Gone." || got.Seed.Hostname != "box" || len(got.Steps) != 1 || got.Steps[0] != want.Steps[0] {
		t.Errorf("%+v, %v", got, err)
	}
	writeFile(t, path, "{half")
	if _, err := ReadReport(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged report: %v", err)
	}
}
