// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"time"

	"understudy/integration/vm"
)

// Host is the address at which guests of QEMU's user network reach this host.
const Host = "10.0.2.2"

// Server is an update server with a directory of its own.
type Server struct {
	URL  string // https://127.0.0.1:port, once it is started
	Port string

	program, data string
	cmd           *exec.Cmd
	said          *tail
	ended         chan struct{} // closed when it has ended; nil: it was not started
}

// New compiles the update server and gives it a directory, which may have been
// one before.
func New(ctx context.Context, data string) (*Server, error) {
	build, err := vm.BuildDir()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(build, "bin", "updateserver")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "understudy/pkgstore/cmd/updateserver")
	cmd.Dir = filepath.Dir(build)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the update server: %w: %s", err, out)
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, fmt.Errorf("make the update server's directory: %w", err)
	}
	return &Server{program: program, data: data, said: &tail{}}, nil
}

// Run runs a command of the update server and gives what it printed.
func (s *Server) Run(ctx context.Context, args ...string) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, s.program, append([]string{"--data", s.data}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("updateserver %q: %w: %s", args, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}

var address = regexp.MustCompile(`https://127\.0\.0\.1:(\d+)`)

// Start starts it at a port of this host, 0 for any, and waits until it says
// where it is. It must be stopped.
func (s *Server) Start(ctx context.Context, port int) error {
	s.cmd = exec.Command(s.program, "--data", s.data, "serve", "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--names", Host+",127.0.0.1,localhost")
	s.cmd.Stderr = s.said
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start the update server: %w", err)
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := s.launch(); err != nil {
		return fmt.Errorf("start the update server: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	m := address.FindStringSubmatch(line)
	if m == nil {
		s.Stop()
		return fmt.Errorf("start the update server: it says %q (%w): %s", line, err, s.Said())
	}
	s.URL, s.Port = m[0], m[1]
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return ctx.Err()
}

// launch starts the process. The kernel ends it when the thread that started it
// ends, so that thread is kept until then; and it is no member of our process
// group, so a Ctrl-C reaches it only through us.
func (s *Server) launch() error {
	s.ended = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
		}
		close(s.ended)
	}()
	return <-started
}

// Stop ends it. It may be called without Start.
func (s *Server) Stop() {
	if s.ended == nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	kill := time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() })
	<-s.ended
	kill.Stop()
}

// Said is the end of what it wrote about itself.
func (s *Server) Said() string { return s.said.String() }

// tail keeps the end of what is written.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailSize = 16 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - tailSize; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
