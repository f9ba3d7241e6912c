// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
	"understudy/integration/vm"
)

// TestMakeRun runs an appliance as a person does who tries it: what is printed
// leads to the pages, Ctrl-C ends everything that was started, and the next run
// goes on with what the first one left.
func TestMakeRun(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	program := filepath.Join(home, "run")
	if out, err := exec.Command("go", "build", "-o", program, "understudy/integration/cmd/run").CombinedOutput(); err != nil {
		t.Fatalf("build it: %v\n%s", err, out)
	}
	state := filepath.Join(home, "state")

	first := runs(t, program, state)
	text := first.says(t, "What to try next")
	for _, want := range []string{"admin / password, and then choose a new password", "the same as on the console", "the update server", "serial.log"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said: %s", want, text)
		}
	}
	if err := first.signIn(t, "password").ChangePassword(t.Context(), applianceapi.PasswordChange{Old: "password", New: box.Password}); err != nil {
		t.Fatal(err)
	}
	first.interrupt(t)

	again := runs(t, program, state)
	if text := again.says(t, "What to try next"); !strings.Contains(text, "the password you have chosen") {
		t.Errorf("the second run does not say that the first one's disk is used: %s", text)
	}
	again.signIn(t, box.Password)
	again.interrupt(t)
}

// aRun is `make run` under way.
type aRun struct {
	cmd   *exec.Cmd
	mark  string // in the environment of all that it starts
	ended chan struct{}

	mu      sync.Mutex
	out     bytes.Buffer
	printed chan struct{} // has room for one: something was printed
}

func runs(t *testing.T, program, state string) *aRun {
	t.Helper()
	r := &aRun{cmd: exec.Command(program), mark: "STATE=" + state, ended: make(chan struct{}), printed: make(chan struct{}, 1)}
	r.cmd.Env = append(os.Environ(), r.mark, "BASE=3.3.2", "SITE=none", "PROFILE=va-small", "FIRMWARE="+string(vm.Direct), "NETWORK=", "SEED=", "FRESH=")
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = "../..", r, r
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.cmd.Wait(); close(r.ended) }()
	t.Cleanup(func() {
		r.cmd.Process.Kill()
		<-r.ended
		if t.Failed() {
			t.Logf("it printed:\n%s", r.text())
		}
	})
	return r
}

// Write takes what the run prints.
func (r *aRun) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case r.printed <- struct{}{}:
	default:
	}
	return r.out.Write(b)
}

func (r *aRun) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

// says waits until the run has printed some words, and gives all that it has.
func (r *aRun) says(t *testing.T, words string) string {
	t.Helper()
	late := time.After(limit)
	for {
		if text := r.text(); strings.Contains(text, words) {
			return text
		}
		select {
		case <-r.printed:
		case <-r.ended:
			t.Fatalf("it has ended before it said %q", words)
		case <-late:
			t.Fatalf("it does not say %q", words)
		}
	}
}

var (
	opensAt     = regexp.MustCompile(`Open +(https://127\.0\.0\.1:[0-9]+)/appliance`)
	certificate = regexp.MustCompile(`Certificate +SHA-256 ([0-9A-F:]+)`)
)

// signIn uses what the run has printed to sign in.
func (r *aRun) signIn(t *testing.T, password string) *applianceapi.Client {
	t.Helper()
	text := r.text()
	url, fingerprint := opensAt.FindStringSubmatch(text), certificate.FindStringSubmatch(text)
	if url == nil || fingerprint == nil {
		t.Fatalf("neither address nor certificate: %s", text)
	}
	c, err := applianceapi.New(applianceapi.Options{URL: url[1], Fingerprint: fingerprint[1], Agent: "test", Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := c.SignIn(t.Context(), applianceapi.Credentials{Username: box.Admin, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	return in
}

// interrupt is Ctrl-C, which a terminal sends to the whole process group. The
// appliance is shut down in order, and nothing that was started is left.
func (r *aRun) interrupt(t *testing.T) {
	t.Helper()
	if len(r.processes(t)) < 3 {
		t.Errorf("only %v run: what is looked for is not the appliance and its update server", r.processes(t))
	}
	if err := syscall.Kill(-r.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.ended:
	case <-time.After(limit):
		t.Fatal("it does not end")
	}
	if text := r.text(); r.cmd.ProcessState.ExitCode() != 0 || !strings.Contains(text, "Stopped. The state is kept in") || strings.Contains(text, "plug was pulled") {
		t.Errorf("it ended with %v", r.cmd.ProcessState)
	}
	if left := r.processes(t); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
}

// processes lists what runs with the run's mark in its environment.
func (r *aRun) processes(t *testing.T) (found []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range all {
		env, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil { // it has ended, or is somebody else's
			continue
		}
		if bytes.Contains(append([]byte{0}, env...), []byte("\x00"+r.mark+"\x00")) {
			name, _ := os.ReadFile(filepath.Join(dir, "comm"))
			found = append(found, filepath.Base(dir)+" "+strings.TrimSpace(string(name)))
		}
	}
	return found
}
