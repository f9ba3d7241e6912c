// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"understudy/integration/faultdisk"
)

func TestMachineFromPowerOnToPowerOff(t *testing.T) {
	m := StartT(t, Spec{Artifacts: echoImage(t), Room: noWait, Seed: []byte("hostname = \"a\"\n")})
	m.Expect(t, "^ready$")
	if err := m.Console.Type("hello\n"); err != nil {
		t.Fatal(err)
	}
	m.Expect(t, "^hello$")

	if m.Resets() != 0 {
		t.Errorf("%d resets before the first", m.Resets())
	}
	ctx := m.Within(t, time.Minute)
	m.Console.Type("r")
	if _, err := m.WaitEvent(ctx, "RESET"); err != nil {
		t.Fatal(err)
	}
	m.Expect(t, "^ready$")
	if err := m.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	m.Expect(t, "^ready$")
	if m.Resets() == 0 {
		t.Error("no reset was counted")
	}

	shot := filepath.Join(t.TempDir(), "screen.png")
	if err := m.Screenshot(ctx, shot); err != nil {
		t.Fatal(err)
	}
	if file, err := os.Open(shot); err != nil {
		t.Error(err)
	} else if c, err := png.DecodeConfig(file); err != nil || c.Width < 640 {
		t.Errorf("screenshot: %v, %d pixels wide", err, c.Width)
	}
	if err := m.SendKeys(ctx, "a", "ctrl-alt-f2"); err != nil {
		t.Error(err)
	}
	if err := m.SendKeys(ctx, "no-such-key"); err == nil {
		t.Error("a key that does not exist was pressed")
	}
	if _, err := m.QMP(ctx, "no-such-command", nil); err == nil || !strings.Contains(err.Error(), "CommandNotFound") {
		t.Errorf("a command that does not exist: %v", err)
	}

	m.Console.Type("q")
	if err := m.WaitExit(ctx); err != nil {
		t.Error(err)
	}
	if _, err := m.WaitConsole(ctx, "never"); !errors.Is(err, ErrEnded) {
		t.Errorf("waiting at a machine that is off: %v", err)
	}
	if _, err := m.QMP(ctx, "query-status", nil); err == nil {
		t.Error("a machine that is off answered")
	}
}

func TestPowerCutAndPowerOn(t *testing.T) {
	m := StartT(t, Spec{Artifacts: echoImage(t), Room: noWait})
	m.Expect(t, "^ready$")
	m.PowerCut()
	if err := m.WaitExit(m.Within(t, time.Second)); err == nil {
		t.Error("a power cut passes for a shutdown")
	}
	m.Close()
	again := StartT(t, m.Spec())
	again.Expect(t, "^ready$")
	if a, b := m.Spec(), again.Spec(); a.DiskPath != b.DiskPath || a.Dir != b.Dir {
		t.Errorf("another disk after the power cut: %s, %s", a.DiskPath, b.DiskPath)
	}
	log, err := os.ReadFile(again.Log())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), "---- power on "); n != 2 {
		t.Errorf("the log tells of %d power-ons, want 2", n)
	}
}

// A machine boots from a disk that this test serves.
func TestDiskByURL(t *testing.T) {
	image, err := os.ReadFile(echoImage(t).Raw)
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	d := faultdisk.New(bytes.NewReader(image), size)
	defer d.Close()
	dir, err := os.MkdirTemp("", "nbd") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := d.Listen(filepath.Join(dir, "s")); err != nil {
		t.Fatal(err)
	}
	m := StartT(t, Spec{DiskURL: faultdisk.URL(filepath.Join(dir, "s")), Room: noWait})
	m.Expect(t, "^ready$")
	if m.Close(); m.Spec().DiskPath != "" {
		t.Errorf("a disk of its own: %s", m.Spec().DiskPath)
	}
}

func TestForwards(t *testing.T) {
	m := StartT(t, Spec{Artifacts: echoImage(t), Room: noWait, Forwards: []Forward{{Guest: 80}, {Guest: 443, GuestAddr: "10.0.2.77"}}})
	spec := m.spec
	if len(spec.Forwards) != 3 || spec.Forwards[0].Guest != 443 || spec.Forwards[0].GuestAddr != "" {
		t.Fatalf("forwards %+v: want one to 443 added in front", spec.Forwards)
	}
	seen := map[int]bool{0: true}
	for _, f := range spec.Forwards {
		if seen[f.Host] {
			t.Errorf("forward %+v has no port of its own", f)
		}
		seen[f.Host] = true
	}
	port, err := m.Forward(t.Context(), Forward{Guest: 22, GuestAddr: "10.0.2.99"})
	if err != nil || seen[port] {
		t.Errorf("a later forward: port %d, %v", port, err)
	}
	if _, err := m.Forward(t.Context(), Forward{Guest: 22, GuestAddr: "nowhere"}); err == nil {
		t.Error("a forward to nonsense")
	}
	if got := m.URL(443); got != "https://127.0.0.1:"+strings.TrimPrefix(got, "https://127.0.0.1:") || m.Port(80) == 0 || m.Port(81) != 0 {
		t.Errorf("URL %s, port 80 %d, port 81 %d", got, m.Port(80), m.Port(81))
	}
}

func TestForwardsAreToldByWhereTheyLead(t *testing.T) {
	wanted := []Forward{{Guest: 443}, {Guest: 443, GuestAddr: "10.0.2.77"}, {Guest: 80, Host: 8080}}
	listed := parseUsernet("Hub -1 (user0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n" +
		"  TCP[HOST_FORWARD]  12       127.0.0.1 4003       10.0.2.77   443     0     0\r\n" +
		"  TCP[HOST_FORWARD]  13       127.0.0.1 8080       10.0.2.15    80     0     0\r\n" +
		"  TCP[ESTABLISHED]   14       127.0.0.1 9999       10.0.2.15   443     0     0\r\n" +
		"  TCP[HOST_FORWARD]  15       127.0.0.1 4001       10.0.2.15   443     0     0\r\n")
	if err := assignPorts(wanted, listed); err != nil || wanted[0].Host != 4001 || wanted[1].Host != 4003 || wanted[2].Host != 8080 {
		t.Errorf("%+v, %v", wanted, err)
	}
	if err := assignPorts([]Forward{{Guest: 22}}, listed); err == nil {
		t.Error("a forward that QEMU does not list")
	}
}

func TestBootsAreCounted(t *testing.T) {
	start := time.Now()
	t.Run("sub", func(t *testing.T) {
		m := StartT(t, Spec{Name: "counted", Artifacts: echoImage(t), Room: noWait})
		m.Expect(t, "ready")
	})
	all, err := Boots()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if b.Machine == "counted" && !b.Start.Before(start.Add(-time.Millisecond)) {
			if b.File != "integration/vm/machine_test.go" || b.Test != "TestBootsAreCounted/sub" || b.Seconds <= 0 || b.Firmware != BIOS {
				t.Errorf("counted as %+v", b)
			}
			return
		}
	}
	t.Error("the boot was not counted")
}

// aFailedTest is a test that has failed, seen from the functions it calls.
type aFailedTest struct {
	testing.TB
	cleanups []func()
	log      []string
}

func (f *aFailedTest) Failed() bool            { return true }
func (f *aFailedTest) Cleanup(g func())        { f.cleanups = append(f.cleanups, g) }
func (f *aFailedTest) Logf(s string, a ...any) { f.log = append(f.log, s) }

func TestFailureKeepsEverything(t *testing.T) {
	dir, err := FailedDir(t)
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(dir)
	failed := &aFailedTest{TB: t}
	m := StartT(failed, Spec{Name: "broken", Artifacts: echoImage(t), Room: noWait})
	m.Expect(t, "ready")
	for _, f := range failed.cleanups {
		f()
	}
	kept, err := filepath.Glob(filepath.Join(dir, "broken-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range kept {
		names = append(names, filepath.Base(path))
	}
	if got := strings.Join(names, " "); got != "command.sh disk.qcow2 qemu.log qmp.log screen.png serial.log" {
		t.Errorf("kept: %s", got)
	}
	if len(failed.log) == 0 {
		t.Error("nobody was told")
	}
	script, _ := os.ReadFile(filepath.Join(filepath.Dir(kept[0]), "command.sh"))
	if strings.Contains(string(script), "build/vm/") || !strings.Contains(string(script), "mon:stdio") {
		t.Errorf("the command is not for a person:\n%s", script)
	}
	os.RemoveAll(dir)
}

// TestNoGuestOutlivesUs kills a process that runs a guest.
func TestNoGuestOutlivesUs(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childImage+"="+echoImage(t).Raw)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var qemu int
	if _, err := fmt.Fscan(out, &qemu); err != nil {
		t.Fatalf("the child did not start a guest: %v", err)
	}
	fd, err := unix.PidfdOpen(qemu, 0)
	if err != nil {
		t.Fatalf("the guest is not there: %v", err)
	}
	defer unix.Close(fd)
	child.Process.Kill()
	child.Wait()
	n, err := 0, error(unix.EINTR)
	for err == unix.EINTR {
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 60_000)
	}
	if err != nil || n != 1 {
		t.Errorf("QEMU lives on after us: %v", err)
	}
}
