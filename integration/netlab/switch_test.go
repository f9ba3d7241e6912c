// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// lan is a switch with the test plugged into each of its ports.
type lan struct {
	*testing.T
	sw    *Switch
	ports []*Port
	ends  []*Station
}

func newLAN(t *testing.T, seed uint64, n int) *lan {
	l := &lan{T: t, sw: New(seed)}
	t.Cleanup(l.sw.Close)
	for i := range n {
		p, err := l.sw.Port(fmt.Sprintf("p%d", i))
		if err != nil {
			t.Fatal(err)
		}
		l.ports = append(l.ports, p)
		l.ends = append(l.ends, p.Open())
	}
	return l
}

func mac(i int) MAC { return MAC{0x52, 0x54, 0, 0, 0, byte(i)} }

var everyone = MAC{255, 255, 255, 255, 255, 255}

func frame(dst, src MAC, body string) []byte {
	return append(append(append(append([]byte{}, dst[:]...), src[:]...), 0x08, 0x06), body...)
}

func (l *lan) send(i int, dst MAC, body string) {
	l.Helper()
	if err := l.ends[i].Send(frame(dst, mac(i), body)); err != nil {
		l.Fatal(err)
	}
}

// heard gives the bodies that station i has received by now. It runs in a
// synctest bubble, where waiting a while costs nothing and means "never".
func (l *lan) heard(i int) (bodies []string) {
	l.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		b, err := l.ends[i].Receive(ctx)
		if err != nil {
			return bodies
		}
		bodies = append(bodies, string(b[headerLen:]))
	}
}

func (l *lan) expect(i int, want ...string) {
	l.Helper()
	if got := l.heard(i); fmt.Sprint(got) != fmt.Sprint(want) {
		l.Errorf("station %d heard %q, want %q", i, got, want)
	}
}

func TestSwitchLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, 1, 3)
		l.send(0, mac(1), "unknown goes to all")
		l.expect(1, "unknown goes to all")
		l.expect(2, "unknown goes to all")
		l.send(1, mac(0), "known")
		l.expect(0, "known")
		l.expect(2)
		l.send(2, everyone, "broadcast")
		l.expect(0, "broadcast")
		l.expect(1, "broadcast")
		l.expect(2)

		// The address of station 0 moves to port 2, as at a takeover.
		if err := l.ends[2].Send(frame(everyone, mac(0), "moved")); err != nil {
			t.Fatal(err)
		}
		l.expect(0, "moved")
		l.expect(1, "moved")
		l.send(1, mac(0), "follows")
		l.expect(2, "follows")
		l.expect(0)
	})
}

func TestCutsAndPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, 1, 3)
		l.sw.Block(l.ports[0], l.ports[1])
		l.send(0, everyone, "a")
		l.expect(1)
		l.expect(2, "a")
		l.send(1, everyone, "b")
		l.expect(0, "b")
		l.sw.Unblock(l.ports[0], l.ports[1])
		l.send(0, everyone, "c")
		l.expect(1, "c")

		l.ports[2].Cut(In)
		l.heard(2)
		l.send(2, everyone, "mute")
		l.expect(0)
		l.send(0, everyone, "but hears")
		l.expect(2, "but hears")
		l.ports[2].Cut()
		l.send(0, everyone, "deaf")
		l.expect(2)
		l.ports[2].Mend()
		l.send(2, everyone, "back")
		l.expect(0, "back")
	})
}

func TestDelayKeepsOrderAndJitterDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, 7, 2)
		l.ports[1].Impair(Out, Quality{Delay: 20 * time.Millisecond})
		start := time.Now()
		l.send(0, everyone, "1")
		l.send(0, everyone, "2")
		if _, err := l.ends[1].Receive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 20*time.Millisecond {
			t.Errorf("the frame took %v, want 20ms", d)
		}
		l.expect(1, "2")

		l.ports[1].Impair(Out, Quality{Jitter: time.Second})
		var sent []string
		for i := range 50 {
			sent = append(sent, fmt.Sprint(i))
			l.send(0, everyone, sent[i])
		}
		got := l.heard(1)
		if len(got) != len(sent) {
			t.Errorf("%d of %d frames came", len(got), len(sent))
		}
		if fmt.Sprint(got) == fmt.Sprint(sent) {
			t.Error("no frame overtook another")
		}

		l.ports[1].Impair(Out, Quality{Delay: time.Second})
		l.send(0, everyone, "on its way")
		l.ports[1].Cut(Out)
		l.expect(1)
	})
}

func TestAccidentsHangOnTheSeedAlone(t *testing.T) {
	run := func(seed uint64) (got []string) {
		synctest.Test(t, func(t *testing.T) {
			l := newLAN(t, seed, 2)
			l.ports[0].Impair(In, Quality{Loss: 0.3, Duplicate: 0.2})
			for i := range 200 {
				l.send(0, everyone, fmt.Sprint(i))
			}
			got = l.heard(1)
		})
		return got
	}
	a, b, c := run(1), run(1), run(2)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("the same seed gave other accidents")
	}
	if fmt.Sprint(a) == fmt.Sprint(c) {
		t.Error("another seed gave the same accidents")
	}
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	if lost := 200 - len(count); lost < 30 || lost > 90 {
		t.Errorf("%d of 200 frames lost at 30 %%", lost)
	}
	if doubled := len(a) - len(count); doubled < 10 || doubled > 60 {
		t.Errorf("%d frames doubled at 20 %%", doubled)
	}
}

func TestUnplugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, 1, 2)
		old := l.ends[1]
		l.send(1, everyone, "here")
		l.ends[1] = l.ports[1].Open()
		if err := old.Send(frame(everyone, mac(1), "x")); !errors.Is(err, ErrUnplugged) {
			t.Errorf("send from a pulled plug: %v", err)
		}
		if _, err := old.Receive(t.Context()); !errors.Is(err, ErrUnplugged) {
			t.Errorf("receive on a pulled plug: %v", err)
		}
		l.send(0, mac(1), "to the next one")
		l.expect(1, "to the next one")
		if _, err := l.sw.Port("p1"); err == nil {
			t.Error("two ports of one name")
		}
		l.sw.Close()
		if _, err := l.sw.Port("late"); err == nil {
			t.Error("a port on a closed switch")
		}
	})
}

func TestAttachedByDatagrams(t *testing.T) {
	sw := New(1)
	defer sw.Close()
	p, err := sw.Port("guest")
	if err != nil {
		t.Fatal(err)
	}
	q, err := sw.Port("test")
	if err != nil {
		t.Fatal(err)
	}
	file, err := p.Attach()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	here := q.Open()
	if _, err := file.Write(frame(everyone, mac(1), "from the guest")); err != nil {
		t.Fatal(err)
	}
	got, err := here.Receive(t.Context())
	if err != nil || string(got[headerLen:]) != "from the guest" {
		t.Fatalf("received %q, %v", got, err)
	}
	if err := here.Send(frame(mac(1), mac(2), "to the guest")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, maxFrame)
	n, err := file.Read(buf)
	if err != nil || string(buf[headerLen:n]) != "to the guest" {
		t.Fatalf("the guest read %q, %v", buf[:n], err)
	}
}

func TestWaitFrameAndPcap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, 1, 2)
		start := time.Now()
		time.AfterFunc(time.Second, func() { l.send(0, everyone, "early") })
		time.AfterFunc(3*time.Second, func() { l.send(1, everyone, "wanted") })
		f, err := l.sw.WaitFrame(t.Context(), start, func(f Frame) bool { return f.Src() == mac(1) })
		if err != nil || f.From != "p1" || f.At.Sub(start) != 3*time.Second || f.EtherType() != 0x0806 {
			t.Fatalf("waited for %+v, %v", f, err)
		}
		if f, err = l.sw.WaitFrame(t.Context(), start, func(Frame) bool { return true }); err != nil || f.From != "p0" {
			t.Errorf("a frame of the past: %+v, %v", f, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.sw.WaitFrame(ctx, time.Now().Add(1), func(Frame) bool { return true }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing came: %v", err)
		}

		var out bytes.Buffer
		if err := WritePcap(&out, l.sw.Frames()); err != nil {
			t.Fatal(err)
		}
		b := out.Bytes()
		if want := 24 + 2*16 + 2*headerLen + len("early") + len("wanted"); len(b) != want {
			t.Errorf("pcap of %d bytes, want %d", len(b), want)
		}
		if n := binary.LittleEndian.Uint32(b[24+8:]); int(n) != headerLen+len("early") {
			t.Errorf("first record says %d bytes", n)
		}
	})
}

func TestRunt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, 1, 2)
		for n := range headerLen {
			if err := l.ends[0].Send(make([]byte, n)); err != nil {
				t.Fatal(err)
			}
		}
		l.expect(1)
		if f := l.sw.Frames()[3]; f.Dst() != (MAC{}) || f.EtherType() != 0 {
			t.Errorf("a runt has a header: %v", f)
		}
	})
}
