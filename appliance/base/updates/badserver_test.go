// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/client/updateserver"
	"understudy/appliance/task"
)

// raw answers with a head of its own and then with body, and hangs up: Go's
// server would not lie about a length.
func raw(length int, body []byte) answer {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		c, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", length, body)
		_ = buf.Flush()
	}
}

// checked is the answer to who checks in.
func (a answer) checked() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { a(w, r, nil) }
}

// half sends the first half of a package at once, of which it has announced all.
func half(w http.ResponseWriter, pkg []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(pkg)))
	_, _ = w.Write(pkg[:len(pkg)/2])
	_ = http.NewResponseController(w).Flush()
}

// bad is a server that does not send a package as it should.
type bad struct {
	name     string
	answer   answer
	patience updateserver.Patience
	says     string // why the download has failed
	again    string // and once more, with the same server; "" for the same reason
	whole    bool   // the next download begins at the beginning; else it goes on
}

var bads = []bad{
	{name: "hangs up", answer: func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) },
		says: "cannot be reached", whole: true},
	{name: "broken", answer: func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		http.Error(w, "", http.StatusServiceUnavailable)
	},
		says: "answers 503 Service Unavailable", whole: true},
	{name: "cuts in the middle", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) {
		half(w, pkg)
		panic(http.ErrAbortHandler)
	}, says: "bytes have arrived: the connection to the update server 127.0.0.1:"},
	{name: "has half of it", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) { rightly(w, r, pkg[:len(pkg)/2]) },
		says: shorter, whole: true},
	{name: "has half of it, and sends it without a length", answer: func(w http.ResponseWriter, _ *http.Request, pkg []byte) {
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write(pkg[:len(pkg)/2])
	}, says: "the update server has sent "},
	{name: "has half of it, after a cut", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) {
		if r.Header.Get("Range") == "" {
			half(w, pkg)
			panic(http.ErrAbortHandler)
		}
		rightly(w, r, pkg[:len(pkg)/2])
	}, says: "bytes have arrived: ", again: shorter},
	{name: "has less by its range", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) {
		if r.Header.Get("Range") == "" {
			_, _ = w.Write(pkg[:len(pkg)/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		rightly(w, r, pkg[:len(pkg)*2/3])
	}, says: "bytes have arrived: ", again: shorter},
	{name: "announces less", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) {
		raw(len(pkg)/2, pkg)(w, r, nil)
	}, says: shorter, whole: true},
	{name: "sends more", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) {
		raw(len(pkg)+1000, append(pkg[:len(pkg):len(pkg)], make([]byte, 1000)...))(w, r, nil)
	}, says: "has the wrong length (check: length)", whole: true},
	{name: "sends more, and announces nothing", answer: func(w http.ResponseWriter, _ *http.Request, pkg []byte) {
		_, _ = w.Write(pkg)
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write([]byte("more"))
	}, says: "has the wrong length (check: length)", whole: true},
	{name: "stalls", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) {
		half(w, pkg)
		<-r.Context().Done()
	}, patience: updateserver.Patience{Silence: time.Second, Window: time.Minute},
		says: "has sent nothing for 1s"},
	// The first half comes at once, so it is a later window that is too slow. A
	// server that is slower still sends even less in it.
	{name: "trickles", answer: func(w http.ResponseWriter, r *http.Request, pkg []byte) {
		half(w, pkg)
		drop := time.NewTicker(2 * time.Millisecond)
		defer drop.Stop()
		for _, c := range pkg[len(pkg)/2:] {
			select {
			case <-r.Context().Done():
				return
			case <-drop.C:
			}
			_, _ = w.Write([]byte{c})
			_ = http.NewResponseController(w).Flush()
		}
	}, patience: updateserver.Patience{Silence: time.Minute, Window: time.Second, Least: 10_000},
		says: "is too slow: it has sent "},
}

// shorter is what is said of a server that says itself that it has less.
const shorter = "the update server's file is shorter than what was signed for: it has "

const wanted = "base-4.2.1-1.pkg"

// A server that does not send what it should, the first time and the second: the
// task fails with the reason, the appliance is as before, and outside of the
// place for downloads lies nothing. What can be gone on with is gone on with
// once the server is right again.
func TestServersThatDoNotSendAPackage(t *testing.T) {
	for _, c := range bads {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t, "uefi")
			b.identify()
			w := b.serve().listen()
			b.do(b.Check(t.Context(), ada))
			w.patience = c.patience
			for _, says := range []string{c.says, cmp.Or(c.again, c.says)} {
				w.faulty(nil, c.answer)
				end := b.do(b.Download(t.Context(), ada, wanted))
				if end.State != task.Failed || !strings.Contains(end.Error, says) {
					t.Errorf("%+v", end)
				}
				if advice := strings.Contains(end.NextStep, "where it stopped"); (strings.Contains(says, "check: length") || says == shorter) == advice {
					t.Errorf("next step %q", end.NextStep)
				}
				if says == shorter && !strings.Contains(end.NextStep, "not whole") {
					t.Errorf("next step %q", end.NextStep)
				}
				b.unchanged()
			}
			w.patience = updateserver.Patience{}
			b.recovers(w, c.whole)
		})
	}
}

// A server that is gone altogether, and comes back.
func TestAServerThatIsGone(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	w := b.serve().listen()
	b.do(b.Check(t.Context(), ada))
	before, _ := b.titles()
	w.http.Close()
	for what, end := range map[string]task.Task{"a check": b.do(b.Check(t.Context(), ada)), "a download": b.do(b.Download(t.Context(), ada, wanted))} {
		if end.State != task.Failed || !strings.Contains(end.Error, "cannot be reached") || !strings.Contains(end.Error, "connection refused") ||
			!strings.Contains(end.NextStep, "Support > Utilities") || !strings.Contains(end.NextStep, "Manual Installation") {
			t.Errorf("%s: %+v", what, end)
		}
	}
	b.unchanged()
	if after, _ := b.titles(); strings.Join(after, ", ") != strings.Join(before, ", ") {
		t.Errorf("offered was %q, is %q", before, after)
	}
	w.up()
	b.recovers(w, true)
}

// A server with a new certificate is not asked until a person has taken the
// contact with the old one back.
func TestAServerWithAnotherCertificate(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	b.serve().listen()
	old := Settings{"updates.example.com", strings.Repeat("00", 32)}
	if err := b.put(t.Context(), audit.System, old, firstContact); err != nil {
		t.Fatal(err)
	}
	end := b.do(b.Check(t.Context(), ada))
	if end.State != task.Failed || !strings.Contains(end.Error, "shows another certificate than before") || !strings.Contains(end.NextStep, "Configuration History") {
		t.Fatalf("%+v", end)
	}
	changes, err := b.Book.List(t.Context(), Area, 0, 1)
	if err != nil || len(changes) != 1 || !strings.Contains(end.NextStep, changes[0].Reason) {
		t.Fatalf("%q names none of %+v, %v", end.NextStep, changes, err)
	}
	if err := b.Book.Revert(t.Context(), ada, changes[0].ID); err != nil {
		t.Fatal(err)
	}
	if end := b.do(b.Check(t.Context(), ada)); end.State != task.Done {
		t.Errorf("%+v", end)
	}
	if now, err := b.Settings(t.Context()); err != nil || now.Server != old.Server || now.Fingerprint == "" || now.Fingerprint == old.Fingerprint {
		t.Errorf("settings %+v, %v", now, err)
	}
}

// What is no update server is not asked again and again: the task leads to the
// page that says who was asked. A refusal in the server's own words needs no more.
func TestWhatAnswersIsNoUpdateServer(t *testing.T) {
	const strange, silent = "Updates > Check", "has sent nothing for 1s"
	for name, c := range map[string]struct {
		answer   http.HandlerFunc
		says     string
		nextStep string
	}{
		"a page": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><h1>It works</h1>") },
			"does not speak as an update server does", strange},
		"an API of something else": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"ok"}`) },
			"does not speak as an update server does", strange},
		"nothing of that name": {http.NotFound, "answers 404 Not Found", strange},
		"in trouble": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) },
			"answers 502 Bad Gateway", strange},
		"a refusal": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"code":"unknown-serial","detail":"This appliance is not enrolled."}`)
		}, "This appliance is not enrolled.", ""},
		"falls silent": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "{")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, silent, "Support > Utilities"},
		"hangs up": {raw(100, []byte("{")).checked(), "broke", "Support > Utilities"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "uefi")
			b.identify()
			w := b.serve().listen()
			if c.says == silent {
				w.patience = updateserver.Patience{Silence: time.Second, Window: time.Minute}
			}
			w.http.Config.Handler = c.answer
			end := b.do(b.Check(t.Context(), ada))
			if end.State != task.Failed || !strings.Contains(end.Error, c.says) || !strings.Contains(end.NextStep, c.nextStep) || (end.NextStep == "") != (c.nextStep == "") {
				t.Errorf("%+v", end)
			}
		})
	}
}

// A server that sends all of it when it is asked for the rest is as good.
func TestAServerThatKnowsNoRanges(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	w := b.serve().listen()
	b.do(b.Check(t.Context(), ada))
	w.faulty(nil, func(w http.ResponseWriter, _ *http.Request, pkg []byte) {
		half(w, pkg)
		panic(http.ErrAbortHandler)
	})
	b.do(b.Download(t.Context(), ada, wanted))
	w.faulty(nil, func(w http.ResponseWriter, _ *http.Request, pkg []byte) { _, _ = w.Write(pkg) })
	if end := b.do(b.Download(t.Context(), ada, wanted)); end.State != task.Done || !strings.HasPrefix(w.asked(), "bytes=") {
		t.Errorf("asked for %q: %+v", w.asked(), end)
	}
}

// However an answer ends: what has arrived is the package, and is taken.
func TestAServerThatHangsUpAfterTheLastByte(t *testing.T) {
	for name, answer := range map[string]answer{
		"announces more": func(w http.ResponseWriter, r *http.Request, pkg []byte) { raw(len(pkg)+1000, pkg)(w, r, nil) },
		"announces nothing": func(w http.ResponseWriter, _ *http.Request, pkg []byte) {
			_, _ = w.Write(pkg)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "uefi")
			b.identify()
			w := b.serve().listen()
			b.do(b.Check(t.Context(), ada))
			w.faulty(nil, answer)
			if end := b.do(b.Download(t.Context(), ada, wanted)); end.State != task.Done {
				t.Errorf("%+v", end)
			}
		})
	}
}

// unchanged checks that a download that has failed has changed nothing, and that
// the box starts as before.
func (b *box) unchanged() {
	b.t.Helper()
	for _, left := range b.left() {
		if !strings.HasPrefix(left, "downloads/") {
			b.t.Errorf("left over: %s", left)
		}
	}
	if ready, err := b.AllReady(b.t.Context()); err != nil || len(ready) != 0 {
		b.t.Errorf("ready %+v, %v", ready, err)
	}
	if past, err := b.History(b.t.Context()); err != nil || len(past) != 0 {
		b.t.Errorf("history %+v, %v", past, err)
	}
	if v := b.reboot(); v != "3.3.2" {
		b.t.Errorf("it runs %s", v)
	}
}

// recovers checks that the next download from a server that is right brings the
// package, the whole of it or what is missing.
func (b *box) recovers(w *wire, whole bool) {
	b.t.Helper()
	want := "all"
	if !whole {
		left, err := os.Stat(b.path(b.left()...))
		if err != nil {
			b.t.Fatal(err)
		}
		want = fmt.Sprintf("bytes=%d-", left.Size())
		if at := len(w.packages[wanted]) / 2; left.Size() < int64(at) {
			b.t.Errorf("%d bytes are kept, at least %d came", left.Size(), at)
		}
	}
	w.faulty(nil, nil)
	if end := b.do(b.Download(b.t.Context(), ada, wanted)); end.State != task.Done || w.asked() != want {
		b.t.Errorf("asked for %q, want %q: %+v", w.asked(), want, end)
	}
	if ready, err := b.AllReady(b.t.Context()); err != nil || len(ready) != 1 || ready[0].Name != "Base Software 4.2.1" {
		b.t.Errorf("ready %+v, %v", ready, err)
	}
}
