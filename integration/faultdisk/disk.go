// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// Disk is a disk and the journal of what was done to it. It is safe for
// concurrent use.
type Disk struct {
	base io.ReaderAt
	size int64

	mu      sync.Mutex
	off     bool // the power is cut
	now     overlay
	journal []Write
	flushes []int // for each flush, how many writes came before it
	servers map[net.Listener]bool
	clients map[net.Conn]bool
	running sync.WaitGroup
}

// Write is one write request.
type Write struct {
	Offset int64 // bytes
	Length int64
	Data   []byte // nil: zeros
	FUA    bool   // was on the disk when it was answered
}

// New returns a disk of size bytes that holds what base holds, and zeros behind
// that. base must not
// change as long as the disk or an Image of it is used.
func New(base io.ReaderAt, size int64) *Disk {
	return &Disk{base: base, size: size, now: overlay{}, servers: map[net.Listener]bool{}, clients: map[net.Conn]bool{}}
}

// Listen serves the disk on a unix socket until Close or PowerCut. QEMU finds it
// at URL(path).
func (d *Disk) Listen(path string) error {
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("serving a disk: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		l.Close()
		return fmt.Errorf("serving a disk: %w", net.ErrClosed)
	}
	d.servers[l] = true
	d.running.Go(func() { d.accept(l) })
	return nil
}

// URL is what QEMU calls the disk on a unix socket.
func URL(path string) string { return "nbd+unix:///?socket=" + path }

func (d *Disk) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		if d.off {
			c.Close()
		} else {
			d.clients[c] = true
			d.running.Go(func() { d.serve(c) })
		}
		d.mu.Unlock()
	}
}

// serve talks to one client. What goes wrong ends the connection: the client
// is a program of the same test, which then says so.
func (d *Disk) serve(c net.Conn) {
	s := &session{disk: d, rw: c}
	_ = s.run()
	c.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.clients, c)
}

// Close ends all connections and waits until nobody uses the disk any more. The
// journal stays.
func (d *Disk) Close() {
	d.mu.Lock()
	d.off = true
	for l := range d.servers {
		l.Close()
	}
	for c := range d.clients {
		c.Close()
	}
	d.mu.Unlock()
	d.running.Wait()
}

// ReadAt reads what the disk holds now, flushed or not.
func (d *Disk) ReadAt(b []byte, offset int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.image(d.now).ReadAt(b, offset)
}

// Size is the disk's size in bytes.
func (d *Disk) Size() int64 { return d.size }

// write takes a write down. It is false if the power is off.
func (d *Disk) write(w Write) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return false
	}
	d.journal = append(d.journal, w)
	d.now.apply(d.base, w)
	return true
}

func (d *Disk) flush() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return false
	}
	// A flush with nothing to flush is no point of its own.
	if n := len(d.flushes); n == 0 && len(d.journal) > 0 || n > 0 && d.flushes[n-1] < len(d.journal) {
		d.flushes = append(d.flushes, len(d.journal))
	}
	return true
}

func (d *Disk) image(o overlay) *Image { return &Image{base: d.base, size: d.size, pages: o} }
