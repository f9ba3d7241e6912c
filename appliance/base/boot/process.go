// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// processes starts children and collects every dead one, the orphans that
// come to the supervisor included. It is the only one who waits: two waiters
// would take each other's children.
type processes struct {
	mu      sync.Mutex
	waiting map[int]*process
}

// process is a child. Its status may be read once done is closed.
type process struct {
	pid    int
	done   chan struct{}
	status unix.WaitStatus
}

// newProcesses starts collecting.
func newProcesses() *processes {
	p := &processes{waiting: make(map[int]*process)}
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	go func() {
		for range died {
			p.reap()
		}
	}()
	return p
}

// reap collects all that are dead now; several deaths may be one signal.
func (p *processes) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if child := p.waiting[pid]; child != nil {
			delete(p.waiting, pid)
			child.status = status
			close(child.done)
		}
	}
}

// start runs a program. The lock keeps the child from being collected before
// it is known.
func (p *processes) start(argv []string, attr *os.ProcAttr) (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	started, err := os.StartProcess(argv[0], argv, attr)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", argv[0], err)
	}
	child := &process{pid: started.Pid, done: make(chan struct{})}
	p.waiting[child.pid] = child
	started.Release()
	return child, nil
}

// signal sends a signal unless the child is already gone: its number might by
// then be someone else's.
func (p *processes) signal(child *process, s unix.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting[child.pid] == child {
		unix.Kill(child.pid, s)
	}
}

// end describes how a child died. Call it when done is closed.
func (c *process) end() string {
	if c.status.Signaled() {
		return "killed by " + unix.SignalName(c.status.Signal())
	}
	return fmt.Sprintf("exit status %d", c.status.ExitStatus())
}

// setOOMScore says how readily the kernel ends a process when memory is short.
func setOOMScore(pid, score int) {
	os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "oom_score_adj"), []byte(strconv.Itoa(score)), 0)
}
