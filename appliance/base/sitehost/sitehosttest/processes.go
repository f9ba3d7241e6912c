// SPDX-License-Identifier: Apache-2.0

package sitehosttest

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

// Processes runs programs as the supervisor does, without its rights, its
// console and its patience: what has died once stays down.
type Processes struct {
	State, Run string   // directories of sitehost.Config
	Out        *os.File // where the programs write

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

// RunSite starts a generation.
func (p *Processes) RunSite(_ context.Context, g string) error {
	run := filepath.Join(p.Run, g)
	return p.start("run "+g, g, "-data", filepath.Join(p.State, g, "data"), "-listen", filepath.Join(run, "sock", "http"),
		"-control", filepath.Join(run, "sock", "control"), "-summary", filepath.Join(run, "summary.json"))
}

// MigrateSite starts it to migrate its database.
func (p *Processes) MigrateSite(_ context.Context, g string) error {
	return p.start("migrate "+g, g, "-migrate-only", filepath.Join(p.State, g, "data"))
}

func (p *Processes) start(what, g string, args ...string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, what)
	if r := p.runs[g]; r != nil && r.state.Running {
		return errors.New("it still runs")
	}
	r := &process{cmd: exec.Command(filepath.Join(p.Run, g, "sited"), args...), done: make(chan struct{})}
	r.cmd.Stderr = p.Out
	r.cmd.Env = []string{}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.state.Running = true
	if p.runs == nil {
		p.runs = map[string]*process{}
	}
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

// StopSite tells it to end.
func (p *Processes) StopSite(_ context.Context, g string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, "stop "+g)
	if r := p.runs[g]; r != nil && r.state.Running {
		r.told = true
		return unlessDone(r.cmd.Process.Signal(syscall.SIGTERM))
	}
	return nil
}

// SiteStatus says what became of it.
func (p *Processes) SiteStatus(_ context.Context, g string) (boot.SiteProcess, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.runs[g]; r != nil {
		return r.state, nil
	}
	return boot.SiteProcess{}, nil
}

// Kill ends a generation as a crash does, and waits.
func (p *Processes) Kill(t testing.TB, g string) {
	t.Helper()
	p.mu.Lock()
	r := p.runs[g]
	p.mu.Unlock()
	if err := unlessDone(r.cmd.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	<-r.done
}

// unlessDone takes no offence at a program that has ended by itself meanwhile.
func unlessDone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// KillAll ends all programs.
func (p *Processes) KillAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.runs {
		_ = r.cmd.Process.Kill()
	}
}

// Asked lists what was asked for since the last call.
func (p *Processes) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.log
	p.log = nil
	return asked
}
