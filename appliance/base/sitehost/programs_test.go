// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"understudy/appliance/base/boot"
)

// processes runs programs as the supervisor does, without its rights, its
// console and its patience: what has died once stays down.
type processes struct {
	state, run string
	out        *os.File

	mu   sync.Mutex
	runs map[string]*process
	log  []string // what was asked for
}

type process struct {
	cmd   *exec.Cmd
	told  bool
	state boot.SiteProcess
	done  chan struct{}
}

var _ Programs = (*processes)(nil)
var _ Programs = (*boot.Link)(nil)

func (p *processes) RunSite(_ context.Context, g string) error {
	run := filepath.Join(p.run, g)
	return p.start("run "+g, g, "-data", filepath.Join(p.state, g, "data"), "-listen", filepath.Join(run, "sock", "http"),
		"-control", filepath.Join(run, "sock", "control"), "-summary", filepath.Join(run, "summary.json"))
}

func (p *processes) MigrateSite(_ context.Context, g string) error {
	return p.start("migrate "+g, g, "-migrate-only", filepath.Join(p.state, g, "data"))
}

func (p *processes) start(what, g string, args ...string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, what)
	if r := p.runs[g]; r != nil && r.state.Running {
		return errors.New("it still runs")
	}
	r := &process{cmd: exec.Command(filepath.Join(p.run, g, "sited"), args...), done: make(chan struct{})}
	r.cmd.Stderr = p.out
	r.cmd.Env = []string{}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.state.Running = true
	p.runs[g] = r
	go func() {
		_ = r.cmd.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		r.state = boot.SiteProcess{Ended: r.cmd.ProcessState.String(), OK: r.cmd.ProcessState.Success()}
		if !r.told {
			r.state.Crashes = 1
		}
		close(r.done)
	}()
	return nil
}

func (p *processes) StopSite(_ context.Context, g string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, "stop "+g)
	if r := p.runs[g]; r != nil && r.state.Running {
		r.told = true
		return r.cmd.Process.Signal(syscall.SIGTERM)
	}
	return nil
}

func (p *processes) SiteStatus(_ context.Context, g string) (boot.SiteProcess, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.runs[g]; r != nil {
		return r.state, nil
	}
	return boot.SiteProcess{}, nil
}

// kill ends a generation as a crash does, and waits.
func (p *processes) kill(t *testing.T, g string) {
	t.Helper()
	p.mu.Lock()
	r := p.runs[g]
	p.mu.Unlock()
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-r.done
}

func (p *processes) killAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.runs {
		_ = r.cmd.Process.Kill()
	}
}
