// SPDX-License-Identifier: Apache-2.0

package server

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"understudy/pkgstore/checkin"
	"understudy/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// maxBody is how many bytes a request may bring: a key with its line breaks.
const maxBody = 32 << 10

// web is the HTTP of a server.
type web struct {
	*Server
	log *slog.Logger
	ui  *ui.Renderer
}

// Handler gives the HTTP of the server. Of the log it uses what goes wrong on
// this side.
func (s *Server) Handler(log *slog.Logger) (http.Handler, error) {
	renderer, err := ui.NewAt("", pages)
	if err != nil {
		return nil, fmt.Errorf("make the pages: %w", err)
	}
	h := &web{Server: s, log: log, ui: renderer}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/check", h.check)
	mux.HandleFunc("GET /tuf/{view}/{file}", h.metadata)
	mux.HandleFunc("GET /packages/{view}/{name}", h.packages)
	mux.HandleFunc("GET /{$}", h.keyForm)
	mux.HandleFunc("POST /key", h.takeKey)
	mux.HandleFunc("GET /downloads", h.list)
	mux.HandleFunc("GET /downloads/{name}", h.file)
	mux.HandleFunc("HEAD /downloads/{name}", h.begins)
	mux.HandleFunc("POST /theme", h.setTheme)
	mux.HandleFunc("/", h.nothing)
	for _, a := range renderer.Assets() {
		mux.Handle("GET "+a.Path, a)
	}
	return headers(http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(mux, maxBody))), nil
}

// pageCSP is the policy of every page of the project: only what the server
// itself serves, and nothing inline.
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pageCSP)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// Admission is the answer to a check. Paths are of this server.
type Admission struct {
	Metadata string    `json:"metadata"` // "/tuf/c1/": TUF metadata
	Packages string    `json:"packages"` // "/packages/c1/"
	Token    string    `json:"token"`    // bearer for both
	Expires  time.Time `json:"expires"`  // of the token
	Time     time.Time `json:"time"`     // now, by the server's clock
}

// Problem is the answer that refuses (RFC 9457).
type Problem struct {
	Title  string    `json:"title"`
	Status int       `json:"status"`
	Code   string    `json:"code"`
	Detail string    `json:"detail"`
	Time   time.Time `json:"time"` // now, by the server's clock
}

// check answers an appliance that checks for updates.
func (h *web) check(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		h.refuse(w, &Refusal{"too-large", "The check for updates is too long.", http.StatusRequestEntityTooLarge})
		return
	}
	in, err := h.admit(r.Context(), string(body), checkin.Online)
	if err != nil {
		h.refuse(w, err)
		return
	}
	if err := h.show(r, in); err != nil {
		h.refuse(w, err)
		return
	}
	h.json(w, http.StatusOK, "application/json", Admission{
		Metadata: "/tuf/" + in.customer.ID + "/", Packages: "/packages/" + in.customer.ID + "/",
		Token: in.secret, Expires: in.expires.UTC(), Time: h.config.Now().UTC(),
	})
}

// show brings the view of an appliance up to date before it looks at it.
func (h *web) show(r *http.Request, in session) error {
	if _, err := h.view(r.Context(), in.customer, in.Appliance.view != "" && in.Appliance.view != in.customer.ID); err != nil {
		return err
	}
	return h.saw(r.Context(), in)
}

func (h *web) metadata(w http.ResponseWriter, r *http.Request) {
	v, err := h.bearer(r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	data, err := v.File(r.PathValue("file"))
	if errors.Is(err, fs.ErrNotExist) {
		h.refuse(w, &Refusal{"no-file", "There is no such metadata.", http.StatusNotFound})
		return
	}
	if err != nil {
		h.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // only the connection can fail
}

func (h *web) packages(w http.ResponseWriter, r *http.Request) {
	v, err := h.bearer(r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	it, ok := v.items[r.PathValue("name")]
	if !ok {
		h.refuse(w, errNoPackage)
		return
	}
	f, err := os.Open(it.path)
	if err != nil {
		h.refuse(w, err)
		return
	}
	defer f.Close()
	oneRange(r)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, it.SHA256))
	http.ServeContent(w, r, "", time.Time{}, f)
}

// bearer gives the view in the path, if the token is of an appliance of that
// view. Others are told no more than that.
func (h *web) bearer(r *http.Request) (view, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return view{}, errSession
	}
	in, err := h.resume(r.Context(), token, checkin.Online)
	if err != nil {
		return view{}, err
	}
	if in.customer.ID != r.PathValue("view") {
		return view{}, errSession
	}
	return h.view(r.Context(), in.customer, false)
}

// refuse answers with a problem. What is not a Refusal is our own fault, and
// stays in the log.
func (h *web) refuse(w http.ResponseWriter, err error) {
	ref := h.worded(err)
	h.json(w, ref.Status, "application/problem+json", Problem{
		Title: http.StatusText(ref.Status), Status: ref.Status, Code: ref.Code, Detail: ref.Text, Time: h.config.Now().UTC(),
	})
}

func (h *web) worded(err error) *Refusal {
	var ref *Refusal
	if errors.As(err, &ref) {
		return ref
	}
	h.log.Error("request failed", "error", err)
	return &Refusal{"internal", "The update server could not do this. Try again later.", http.StatusInternalServerError}
}

func (h *web) json(w http.ResponseWriter, status int, kind string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		h.log.Error("answer not encoded", "error", err)
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // only the connection can fail
}
