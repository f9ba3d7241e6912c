// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/updateserver"
)

// wire puts HTTPS on a real socket between the box's real client and a server.
type wire struct {
	*server
	http     *httptest.Server
	patience updateserver.Patience // zero: the usual one

	mu       sync.Mutex           // of what follows, which handlers use
	metadata updatestest.Metadata // sent instead of what the server has
	answer   answer               // to who wants a package; nil: the package
	ranges   []string             // that were asked for
}

// answer answers a request for a package.
type answer func(w http.ResponseWriter, r *http.Request, pkg []byte)

// listen puts the server of the box behind a wire.
func (s *server) listen() *wire {
	w := &wire{server: s}
	w.up()
	s.b.wire = w
	s.b.t.Cleanup(func() { w.http.Close() })
	return w
}

// up begins to listen, with the certificate of all test servers.
func (w *wire) up() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/check", w.serveCheck)
	mux.HandleFunc("GET /tuf/c1/{file}", w.serveMetadata)
	mux.HandleFunc("GET /packages/c1/{name}", w.servePackage)
	w.http = httptest.NewUnstartedServer(mux)
	w.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.http.StartTLS()
}

// faulty makes the server answer wrongly, or rightly again.
func (w *wire) faulty(m updatestest.Metadata, a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.metadata, w.answer, w.ranges = m, a, nil
}

// asked gives the ranges that were asked for since the server is as it is.
func (w *wire) asked() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.ranges, ", ")
}

func (w *wire) serveCheck(rw http.ResponseWriter, r *http.Request) {
	statement, err := io.ReadAll(r.Body)
	if err == nil {
		_, err = w.Check(r.Context(), string(statement))
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusForbidden)
		return
	}
	_ = json.NewEncoder(rw).Encode(map[string]string{"metadata": "/tuf/c1/", "packages": "/packages/c1/", "token": "secret"})
}

func (w *wire) serveMetadata(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	data := w.metadata[r.PathValue("file")]
	w.mu.Unlock()
	if data == nil {
		var err error
		if data, err = w.view.File(r.PathValue("file")); err != nil {
			http.NotFound(rw, r)
			return
		}
	}
	_, _ = rw.Write(data)
}

func (w *wire) servePackage(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.ranges = append(w.ranges, cmp.Or(r.Header.Get("Range"), "all"))
	a := w.answer
	w.mu.Unlock()
	if a == nil {
		a = rightly
	}
	a(rw, r, w.packages[r.PathValue("name")])
}

func rightly(rw http.ResponseWriter, r *http.Request, pkg []byte) {
	http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(pkg))
}

// dial is what the program of the box does.
func (w *wire) dial(fingerprint string, learn func(string) error) (Server, error) {
	c, err := updateserver.New(strings.TrimPrefix(w.http.URL, "https://"), fingerprint, learn)
	if err == nil && w.patience != (updateserver.Patience{}) {
		c.Patience = w.patience
	}
	return dialled{c}, err
}

type dialled struct{ *updateserver.Client }

func (d dialled) Check(ctx context.Context, statement string) (View, error) {
	return d.Client.Check(ctx, statement)
}
