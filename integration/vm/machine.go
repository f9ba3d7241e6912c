// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// answerLimit is how long QEMU itself, not the guest, may take for an answer.
const answerLimit = time.Minute

// Machine is a guest that was powered on. Its methods may be called from
// several goroutines.
type Machine struct {
	Console *Console

	accel       Accelerator
	started     time.Time
	process     *process
	monitor     *monitor
	reservation *Reservation
	closers     []io.Closer // log files and sockets
	closed      chan struct{}
	closing     sync.Once

	mu   sync.Mutex
	spec Spec // as completed
}

// Start powers a machine on. It waits while too many guests run on this host,
// unless the spec names room that was reserved before. The machine runs until
// it powers itself off or Close is called; ctx ends only the start.
func Start(ctx context.Context, spec Spec) (*Machine, error) {
	if spec.Room != nil {
		return start(ctx, spec)
	}
	r, err := Reserve(ctx, 1)
	if err != nil {
		return nil, err
	}
	m, err := start(ctx, spec)
	if err != nil {
		r.Release()
		return nil, err
	}
	m.reservation = r
	return m, nil
}

// start powers a machine on in room that somebody has reserved.
func start(ctx context.Context, spec Spec) (*Machine, error) {
	if err := spec.complete(); err != nil {
		return nil, err
	}
	if spec.caller.file == "" {
		spec.caller.file = findCaller()
	}
	m := &Machine{spec: spec, closed: make(chan struct{})}
	var err error
	if m.accel, err = FindAccelerator(ctx, spec.Artifacts.Kernel); err == nil {
		err = m.powerOn(ctx)
	}
	if err != nil {
		m.release()
		if spec.ownDir {
			os.RemoveAll(spec.Dir) // what is worth knowing is in the error
		}
		return nil, err
	}
	return m, nil
}

// powerOn starts QEMU and gets hold of console and monitor.
func (m *Machine) powerOn(ctx context.Context) error {
	serial, serialFile, err := socketPair("serial console")
	if err != nil {
		return fmt.Errorf("start %s: %w", m.spec.Name, err)
	}
	m.closers = append(m.closers, serial)
	qmp, qmpFile, err := socketPair("QEMU monitor")
	if err != nil {
		serialFile.Close()
		return fmt.Errorf("start %s: %w", m.spec.Name, err)
	}
	m.closers = append(m.closers, qmp)
	cmd, err := m.spec.command(ctx, m.accel, serialFile, qmpFile)
	if err != nil {
		return err
	}
	logs, err := m.openLogs(cmd)
	if err != nil {
		cmd.close()
		return err
	}
	m.started = time.Now()
	if m.process, err = launch(qemuProgram, cmd.args, logs.qemu, cmd.files); err != nil {
		return err
	}
	m.Console = newConsole(serial)
	go m.Console.follow(serial, logs.serial)
	return m.connect(ctx, qmp, logs.qmp)
}

// connect says hello to QEMU. If that fails, what QEMU wrote says why.
func (m *Machine) connect(ctx context.Context, qmp net.Conn, log io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, answerLimit, fmt.Errorf("no answer in %v", answerLimit))
	defer cancel()
	var err error
	m.monitor, err = newMonitor(ctx, qmp, log)
	if err == nil {
		err = m.learnPorts(ctx)
	}
	if err == nil {
		return nil
	}
	m.process.kill()
	said, _ := os.ReadFile(filepath.Join(m.spec.Dir, "qemu.log"))
	return fmt.Errorf("start %s: %w; QEMU said: %s", m.spec.Name, err, said[max(0, len(said)-2000):])
}

type logs struct{ serial, qmp, qemu *os.File }

// openLogs opens the machine's logs, which later power-ons of the same
// directory continue, and keeps the command for a person.
func (m *Machine) openLogs(cmd *command) (l logs, err error) {
	path := filepath.Join(m.spec.Dir, "command.sh")
	if err := os.WriteFile(path, []byte(cmd.shell()), 0o755); err != nil {
		return l, fmt.Errorf("start %s: %w", m.spec.Name, err)
	}
	for _, f := range []struct {
		to   **os.File
		name string
	}{{&l.serial, "serial.log"}, {&l.qmp, "qmp.log"}, {&l.qemu, "qemu.log"}} {
		file, err := os.OpenFile(filepath.Join(m.spec.Dir, f.name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return l, fmt.Errorf("start %s: %w", m.spec.Name, err)
		}
		*f.to = file
		m.closers = append(m.closers, file)
	}
	fmt.Fprintf(l.serial, "---- power on %s ----\n", time.Now().UTC().Format(time.RFC3339))
	return l, nil
}

// Spec is the machine's description with everything filled in. Starting it
// again, after PowerCut, WaitExit or Close, is the same machine with the same
// disks at its next power-on; ports of this host are chosen anew.
func (m *Machine) Spec() Spec {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.spec
	s.Forwards = append([]Forward(nil), s.Forwards...)
	for i := range s.Forwards {
		s.Forwards[i].Host = 0
	}
	return s
}

// Log is the path of the serial log.
func (m *Machine) Log() string { return filepath.Join(m.spec.Dir, "serial.log") }

// Accelerator is what runs the guest.
func (m *Machine) Accelerator() Accelerator { return m.accel }

// Since is the time since power-on.
func (m *Machine) Since() time.Duration { return time.Since(m.started) }

// QMP runs a command of QEMU's machine protocol; args may be nil.
func (m *Machine) QMP(ctx context.Context, command string, args any) (json.RawMessage, error) {
	return m.monitor.run(ctx, command, args)
}

// WaitConsole waits for a line on the serial console that matches the pattern
// and gives it. See Console.Wait.
func (m *Machine) WaitConsole(ctx context.Context, pattern string) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", fmt.Errorf("wait for a console line: %w", err)
	}
	return m.Console.Wait(ctx, re)
}

// Scale gives the time that something may take on this machine which may take
// d with hardware acceleration.
func (m *Machine) Scale(d time.Duration) time.Duration {
	if m.accel.Name == "tcg" {
		return 6 * d
	}
	return d
}

// WaitEvent gives the next event of that name that no earlier call has given.
func (m *Machine) WaitEvent(ctx context.Context, name string) (Event, error) {
	return m.monitor.wait(ctx, name)
}

// Ended is closed when the machine is off, whatever the reason.
func (m *Machine) Ended() <-chan struct{} { return m.process.ended }

// WaitExit waits until the guest has powered itself off. It is an error if
// QEMU ended in another way.
func (m *Machine) WaitExit(ctx context.Context) error {
	select {
	case <-m.process.ended:
	case <-ctx.Done():
		return fmt.Errorf("wait for %s to power off: %w", m.spec.Name, context.Cause(ctx))
	}
	if m.process.err != nil {
		return fmt.Errorf("wait for %s to power off: QEMU ended: %w", m.spec.Name, m.process.err)
	}
	return nil
}

// PowerCut pulls the plug: QEMU is gone when it returns, and writes that the
// guest had not flushed may be lost.
func (m *Machine) PowerCut() { m.process.kill() }

// PowerButton presses the power button, which asks the guest to shut down.
func (m *Machine) PowerButton(ctx context.Context) error {
	_, err := m.QMP(ctx, "system_powerdown", nil)
	return err
}

// ShutDown presses Ctrl-Alt-Delete, upon which the guest ends everything in
// order and restarts; the restart is taken for power-off.
func (m *Machine) ShutDown(ctx context.Context) error {
	if _, err := m.QMP(ctx, "set-action", map[string]string{"reboot": "shutdown"}); err != nil {
		return err
	}
	if err := m.SendKeys(ctx, "ctrl-alt-delete"); err != nil {
		return err
	}
	return m.WaitExit(ctx)
}

// Reset presses the reset button.
func (m *Machine) Reset(ctx context.Context) error {
	_, err := m.QMP(ctx, "system_reset", nil)
	return err
}

// Resets is how often the machine was reset since power-on, by itself, its
// watchdog or us. SeaBIOS answers a reset with one or two of its own, so those
// that follow at once count once. An emulated machine that shares its processor
// may be slow to send them, and takes longer than that to any program of ours.
func (m *Machine) Resets() (n int) {
	once := m.Scale(time.Second) / 2
	var last time.Time
	for _, e := range m.monitor.named("RESET") {
		if e.At.Sub(last) > max(once, time.Second) {
			n++
		}
		last = e.At
	}
	return n
}

// Close ends the machine if it runs, writes down the boot and lets the next
// guest start. It may be called twice. Disks and logs stay.
func (m *Machine) Close() error {
	var err error
	m.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
		defer cancel()
		if _, qerr := m.QMP(ctx, "quit", nil); qerr != nil && !errors.Is(qerr, errQMPEnded) {
			m.process.kill()
		}
		select {
		case <-m.process.ended:
		case <-ctx.Done():
			m.process.kill()
		}
		<-m.Console.off
		err = recordBoot(m)
		m.release()
		close(m.closed)
	})
	<-m.closed
	return err
}

func (m *Machine) release() {
	for _, c := range m.closers {
		c.Close()
	}
	if m.reservation != nil {
		m.reservation.Release()
	}
}
