// SPDX-License-Identifier: Apache-2.0

package basectl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	helloLimit = 10 * time.Second // for a new connection to say hello
	lastAnswer = 5 * time.Second  // for an answer to be read when Serve ends

	acceptPause = 100 * time.Millisecond // while the box has no room for a connection
)

// Site is what sited does when it is asked. ctx ends with the connection: who
// hangs up waits for nothing any more. Methods may be called at the same time.
type Site interface {
	SetFacts(ctx context.Context, f Facts) error
	Ready(ctx context.Context) error // returns when the site serves
	Status(ctx context.Context) (Status, error)
	ReadOnly(ctx context.Context, reason string) error // returns when the last write has ended
	Writable(ctx context.Context) error
	Copy(ctx context.Context) error // writes CopyName, whole and on the disk
	Reload(ctx context.Context) error
	Stop(ctx context.Context) error // returns at once
}

// Serve answers every connection that l accepts, until ctx ends; then it
// returns nil. It closes l. A lack of files or memory is waited out; any other
// error of l ends it.
func Serve(ctx context.Context, l net.Listener, s Site) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer l.Close()
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			all.Go(func() { serve(ctx, conn, s) })
		case ctx.Err() != nil:
			return nil
		case passes(err):
			rest(ctx, acceptPause)
		default:
			return fmt.Errorf("accepting a control connection: %w", err)
		}
	}
}

// passes says that connections may be accepted again after this error.
func passes(err error) bool {
	for _, passing := range []error{unix.ECONNABORTED, unix.EINTR, unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// rest waits for so long, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// serve answers one connection until it ends or sends what is no message.
func serve(ctx context.Context, conn net.Conn, s Site) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	// What is being answered is still sent: the answer to stop, above all.
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		_ = conn.SetWriteDeadline(time.Now().Add(lastAnswer))
	})
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(helloLimit))
	incoming := follow(ctx, cancel, conn)
	greeted := false
	for line := range incoming {
		var r request
		err := decode(line, &r)
		if err == nil {
			err = r.check()
		}
		answer := reply{ID: r.ID}
		switch {
		case err != nil:
		case r.Do == doHello:
			answer.Versions = versions
			if _, err = common(r.Versions); err == nil {
				greeted = true
				_ = conn.SetDeadline(time.Time{})
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		case !greeted:
			err = errors.New("a conversation begins with a hello")
		default:
			err = act(ctx, s, r, &answer)
		}
		if err != nil {
			answer.Error = clip(err.Error())
		}
		out, err := encode(answer)
		if err != nil {
			return err
		}
		if _, err := conn.Write(out); err != nil || !greeted {
			return err
		}
	}
	return nil
}

// follow reads ahead by one line, so that the end of the connection is seen
// while a request is under way.
func follow(ctx context.Context, gone context.CancelFunc, conn net.Conn) <-chan []byte {
	incoming := make(chan []byte)
	go func() {
		defer close(incoming)
		for next := lines(conn); ; {
			line, err := next()
			if err != nil {
				gone()
				return
			}
			select {
			case incoming <- append([]byte(nil), line...):
			case <-ctx.Done():
				return
			}
		}
	}()
	return incoming
}

func act(ctx context.Context, s Site, r request, answer *reply) error {
	switch r.Do {
	case doFacts:
		return s.SetFacts(ctx, *r.Facts)
	case doReady:
		return s.Ready(ctx)
	case doStatus:
		status, err := s.Status(ctx)
		if err == nil {
			answer.Status = &status
		}
		return err
	case doReadOnly:
		return s.ReadOnly(ctx, r.Reason)
	case doWritable:
		return s.Writable(ctx)
	case doCopy:
		return s.Copy(ctx)
	case doReload:
		return s.Reload(ctx)
	case doStop:
		return s.Stop(ctx)
	}
	return fmt.Errorf("unknown request %.40q", r.Do)
}
