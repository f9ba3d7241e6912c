// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// ErrNoSupervisor means that this program was not started by the supervisor.
var ErrNoSupervisor = errors.New("there is no supervisor: this program was not started by it")

// Link is based's end of the conversation with the supervisor. Its methods
// may be called from any goroutine.
type Link struct {
	conn    net.Conn
	crashes int
	lost    chan struct{}

	mu      sync.Mutex
	next    uint64
	waiting map[uint64]chan linkReply
}

// Dial takes over the inherited socket. It returns ErrNoSupervisor if there is
// none, and can be called once.
func Dial() (*Link, error) {
	if os.Getenv(linkEnv) != strconv.Itoa(linkFD) {
		return nil, ErrNoSupervisor
	}
	os.Unsetenv(linkEnv)
	unix.CloseOnExec(linkFD)
	f := os.NewFile(linkFD, "link")
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("taking over descriptor %d as the link to the supervisor: %w", linkFD, err)
	}
	return newLink(conn)
}

func newLink(conn net.Conn) (*Link, error) {
	l := &Link{conn: conn, lost: make(chan struct{}), waiting: make(map[uint64]chan linkReply)}
	go l.read()
	hello, err := l.ask(context.Background(), linkRequest{Do: doHello})
	if err != nil {
		conn.Close()
		return nil, err
	}
	l.crashes = hello.Crashes
	return l, nil
}

// Healthy says that everything which has to work does. The watchdog is fed
// only while this was said within the health deadline.
func (l *Link) Healthy(ctx context.Context) error {
	_, err := l.ask(ctx, linkRequest{Do: doHealthy})
	return err
}

// Power asks for a restart or for power off. It returns when the supervisor
// has accepted; this program is then told to stop by SIGTERM. The reason is
// shown on the console: at most 500 bytes of printable text.
func (l *Link) Power(ctx context.Context, kind PowerKind, reason string) error {
	_, err := l.ask(ctx, linkRequest{Do: doPower, Kind: kind, Reason: reason})
	return err
}

// FactoryReset destroys the state's key, so that nothing on the state
// partition can be read again, and restarts the box, which then makes itself a
// new state. It returns when the key is gone.
func (l *Link) FactoryReset(ctx context.Context, reason string) error {
	_, err := l.ask(ctx, linkRequest{Do: doFactoryReset, Reason: reason})
	return err
}

// Crashes is how often based had died since the machine started, when this
// one was started.
func (l *Link) Crashes() int { return l.crashes }

// Lost is closed when the supervisor is gone. There is then nobody who would
// feed the watchdog or act on a request: the program should exit.
func (l *Link) Lost() <-chan struct{} { return l.lost }

// ask sends one request and waits for its answer.
func (l *Link) ask(ctx context.Context, r linkRequest) (linkReply, error) {
	answer, err := l.send(r)
	if err != nil {
		return linkReply{}, fmt.Errorf("asking the supervisor (%s): %w", r.Do, err)
	}
	select {
	case got := <-answer:
		if got.Error != "" {
			return got, fmt.Errorf("the supervisor refused (%s): %s", r.Do, got.Error)
		}
		return got, nil
	case <-l.lost:
		return linkReply{}, fmt.Errorf("asking the supervisor (%s): %w", r.Do, net.ErrClosed)
	case <-ctx.Done():
		return linkReply{}, fmt.Errorf("asking the supervisor (%s): %w", r.Do, ctx.Err())
	}
}

func (l *Link) send(r linkRequest) (<-chan linkReply, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	r.ID = l.next
	if err := r.check(); err != nil {
		return nil, err
	}
	line, err := encodeLine(r)
	if err != nil {
		return nil, err
	}
	answer := make(chan linkReply, 1)
	l.waiting[r.ID] = answer
	if _, err := l.conn.Write(line); err != nil {
		delete(l.waiting, r.ID)
		return nil, err
	}
	return answer, nil
}

// read hands every answer to whoever waits for it. An answer nobody waits for
// any more is dropped.
func (l *Link) read() {
	defer close(l.lost)
	defer l.conn.Close()
	for next := lineReader(l.conn); ; {
		line, err := next()
		if err != nil {
			return
		}
		var r linkReply
		if decodeLine(line, &r) != nil {
			return
		}
		l.mu.Lock()
		answer := l.waiting[r.ID]
		delete(l.waiting, r.ID)
		l.mu.Unlock()
		if answer != nil {
			answer <- r
		}
	}
}
