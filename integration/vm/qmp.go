// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// errQMPEnded is what waits on the monitor get when QEMU is gone.
var errQMPEnded = errors.New("QEMU has ended")

// Event is something that QEMU reports of its own accord, such as RESET,
// SHUTDOWN, WATCHDOG or NIC_RX_FILTER_CHANGED.
type Event struct {
	Name string
	At   time.Time
	Data json.RawMessage
}

// monitor speaks QMP, QEMU's machine protocol: JSON values in both directions.
type monitor struct {
	conn io.WriteCloser
	log  io.Writer // every line, both ways

	mu      sync.Mutex
	nextID  int
	waiting map[int]chan reply
	events  []Event
	taken   map[string]int // by event name: how many of events are behind the last wait
	more    chan struct{}  // closed and replaced when events grows
	ended   chan struct{}
}

type reply struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
}

// newMonitor reads QEMU's greeting, leaves negotiation mode and listens on.
func newMonitor(ctx context.Context, conn io.ReadWriteCloser, log io.Writer) (*monitor, error) {
	m := &monitor{
		conn: conn, log: log,
		waiting: map[int]chan reply{}, taken: map[string]int{},
		more: make(chan struct{}), ended: make(chan struct{}),
	}
	go m.listen(conn)
	if _, err := m.run(ctx, "qmp_capabilities", nil); err != nil {
		return nil, err
	}
	return m, nil
}

// listen sorts what comes in into replies and events until QEMU goes.
func (m *monitor) listen(r io.Reader) {
	defer close(m.ended)
	in := json.NewDecoder(io.TeeReader(r, m.log))
	for {
		var msg struct {
			reply
			ID        int             `json:"id"`
			Event     string          `json:"event"`
			Data      json.RawMessage `json:"data"`
			Timestamp struct {
				Seconds, Microseconds int64
			} `json:"timestamp"`
		}
		if err := in.Decode(&msg); err != nil {
			return
		}
		m.mu.Lock()
		switch {
		case msg.Event != "":
			at := time.Unix(msg.Timestamp.Seconds, msg.Timestamp.Microseconds*1000)
			m.events = append(m.events, Event{msg.Event, at, msg.Data})
			close(m.more)
			m.more = make(chan struct{})
		case m.waiting[msg.ID] != nil:
			m.waiting[msg.ID] <- msg.reply
			delete(m.waiting, msg.ID)
		}
		m.mu.Unlock()
	}
}

// run sends one command and waits for its answer.
func (m *monitor) run(ctx context.Context, command string, args any) (json.RawMessage, error) {
	m.mu.Lock()
	m.nextID++
	id := m.nextID
	answer := make(chan reply, 1)
	m.waiting[id] = answer
	line, err := json.Marshal(struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
		ID        int    `json:"id"`
	}{command, args, id})
	if err == nil {
		line = append(line, '\n')
		m.log.Write(line)
		_, err = m.conn.Write(line)
	}
	m.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("QMP %s: %w", command, err)
	}
	select {
	case r := <-answer:
		if r.Error != nil {
			return nil, fmt.Errorf("QMP %s: %s (%s)", command, r.Error.Desc, r.Error.Class)
		}
		return r.Return, nil
	case <-m.ended:
		return nil, fmt.Errorf("QMP %s: %w", command, errQMPEnded)
	case <-ctx.Done():
		return nil, fmt.Errorf("QMP %s: %w", command, context.Cause(ctx))
	}
}

// wait gives the next event of that name that no earlier wait has given.
func (m *monitor) wait(ctx context.Context, name string) (Event, error) {
	for {
		m.mu.Lock()
		for m.taken[name] < len(m.events) {
			e := m.events[m.taken[name]]
			m.taken[name]++
			if e.Name == name {
				m.mu.Unlock()
				return e, nil
			}
		}
		more := m.more
		m.mu.Unlock()
		select {
		case <-more:
		case <-m.ended:
			return Event{}, fmt.Errorf("wait for the event %s: %w", name, errQMPEnded)
		case <-ctx.Done():
			return Event{}, fmt.Errorf("wait for the event %s: %w", name, context.Cause(ctx))
		}
	}
}

// named gives the events of that name so far.
func (m *monitor) named(name string) (all []Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		if e.Name == name {
			all = append(all, e)
		}
	}
	return all
}
