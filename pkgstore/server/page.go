// SPDX-License-Identifier: Apache-2.0

package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"understudy/pkgstore/checkin"
	"understudy/web/ui"
)

const (
	downloadCookie = "__Host-understudy-updates"
	themeCookie    = "__Host-understudy-updates-theme"
	product        = "Update Server"
)

// keyPage is the first page: a form for the Appliance Download Key.
type keyPage struct{ Form ui.Form }

func newKeyForm() ui.Form {
	return ui.Form{
		Action: "/key", Submit: "Show Available Updates",
		Fields: []ui.Field{{
			Name: "key", Label: "Appliance Download Key", Type: "textarea", Rows: 6, Required: true, Mono: true, Max: maxBody / 2,
			Help: "From the appliance's Updates page. Before Base 3.3.2, ask Support for it.",
		}},
	}
}

func (h *web) keyForm(w http.ResponseWriter, r *http.Request) {
	h.page(w, r, http.StatusOK, "key", "Download Updates", keyPage{Form: newKeyForm()})
}

// takeKey opens the list of an appliance to who brings its key. The key is
// used up; what stays is a cookie.
func (h *web) takeKey(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		h.refuseKey(w, r, &Refusal{"bad-key", checkin.ErrFormat.Error(), http.StatusBadRequest})
		return
	}
	in, err := h.admitKey(r.Context(), r.PostForm.Get("key"))
	if err != nil {
		h.refuseKey(w, r, h.worded(err))
		return
	}
	http.SetCookie(w, &http.Cookie{Name: downloadCookie, Value: in.secret, Path: "/", MaxAge: int(sessionDownload / time.Second), Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/downloads", http.StatusSeeOther)
}

func (h *web) refuseKey(w http.ResponseWriter, r *http.Request, ref *Refusal) {
	form := newKeyForm()
	form.Refused = ref.Text
	h.page(w, r, ref.Status, "key", "Download Updates", keyPage{Form: form})
}

// listPage is what one appliance can download.
type listPage struct {
	Facts []ui.Fact
	Rows  []row
	Empty *ui.Empty
}

type row struct {
	Turn                            int // 1 is installed first
	Name, Href, Notes, Size, Reason string
	State                           ui.Pill
	Later                           bool // others have to be installed first
}

func (h *web) list(w http.ResponseWriter, r *http.Request) {
	in, err := h.visitor(r)
	if err != nil {
		h.refuseKey(w, r, h.worded(err))
		return
	}
	choices, err := h.choices(r.Context(), in)
	if err != nil {
		h.refuseKey(w, r, h.worded(err))
		return
	}
	p := listPage{Facts: []ui.Fact{{Name: "Serial Number", Text: in.Serial, Mono: true}}}
	if in.Hostname != "" {
		p.Facts = append(p.Facts, ui.Fact{Name: "Host Name", Text: in.Hostname})
	}
	for i, c := range choices {
		r := rowOf(c)
		r.Turn = i + 1
		p.Rows = append(p.Rows, r)
	}
	if len(p.Rows) == 0 {
		p.Empty = &ui.Empty{Title: "No updates to download", Text: "An update that was downloaded, or begun more than a day ago, no longer appears here. If you need one again, ask Support to reissue it."}
	}
	h.page(w, r, http.StatusOK, "downloads", "Available Updates", p)
}

func rowOf(c choice) row {
	out := row{
		Name: c.Summary.Name, Href: "/downloads/" + c.item.Name, Notes: joined(c.Summary.Notes), Size: size(c.item.Length),
		State: ui.Pill{Tone: ui.Good, Word: "Ready"},
	}
	if !c.Installable {
		out.Later, out.State, out.Reason = true, ui.Pill{Tone: ui.Info, Word: "Install others first"}, cmp.Or(c.Advice, c.Reason)
	}
	if c.resume { // has to be finished now
		out.Later, out.State = false, ui.Pill{Tone: ui.Warn, Word: "Not finished", Note: "It can be resumed for 24 hours after it began."}
	}
	return out
}

// broken is a line that goes on: the next one is neither empty nor an item of a
// list.
var broken = regexp.MustCompile(`(\S)\n *([^\s-])`)

// joined makes one line of each paragraph and of each item of a list, so that
// only the page's width breaks them.
func joined(notes string) string { return broken.ReplaceAllString(notes, "$1 $2") }

// size is said as the appliance says it.
func size(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// begins says what a download would be, and begins none: its size is known only
// then.
func (h *web) begins(w http.ResponseWriter, r *http.Request) {
	in, err := h.visitor(r)
	if err == nil {
		_, _, err = h.find(r.Context(), in, r.PathValue("name"), resumes(r))
	}
	if err != nil {
		h.small(w, r, h.worded(err))
		return
	}
	describe(w, r.PathValue("name"))
}

func describe(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.update"`)
	w.Header().Set("Accept-Ranges", "bytes")
}

// file sends an offline file and notes what of it went out.
func (h *web) file(w http.ResponseWriter, r *http.Request) {
	in, err := h.visitor(r)
	if err != nil {
		h.refuseKey(w, r, h.worded(err))
		return
	}
	oneRange(r)
	d, f, err := h.fetch(r.Context(), in, r.PathValue("name"), resumes(r))
	if err != nil {
		ref := h.worded(err)
		h.small(w, r, ref)
		return
	}
	defer f.Close()
	if r.Context().Err() != nil {
		return // to nobody goes nothing out
	}
	tag := `"` + d.file + `"`
	if d.state == "done" && wholeAgain(r, tag) {
		h.small(w, r, errGone)
		return
	}
	describe(w, d.item.Name)
	w.Header().Set("ETag", tag)
	out := &counted{ResponseWriter: w}
	http.ServeContent(out, r, "", time.Time{}, f)
	if !out.body {
		return
	}
	// The request has ended, perhaps because it was cut.
	if err := h.served(context.WithoutCancel(r.Context()), d, out.from, out.from+out.n); err != nil {
		h.log.Error("download not noted", "serial", d.serial, "package", d.item.Name, "error", err)
	}
}

// visitor is who brought a key before.
func (h *web) visitor(r *http.Request) (session, error) {
	c, err := r.Cookie(downloadCookie)
	if err != nil {
		return session{}, &Refusal{"no-session", "Enter the Appliance Download Key first.", http.StatusUnauthorized}
	}
	in, err := h.resume(r.Context(), c.Value, checkin.Download)
	if errors.Is(err, errSession) {
		return session{}, errOver
	}
	return in, err
}

// setTheme remembers the reader's colours in the browser and nowhere else.
func (h *web) setTheme(w http.ResponseWriter, r *http.Request) {
	c := &http.Cookie{Name: themeCookie, Value: r.PostFormValue("theme"), Path: "/", MaxAge: 365 * 24 * 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if c.Value != "light" && c.Value != "dark" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
	to := "/"
	if r.PostFormValue("from") == "/downloads" {
		to = "/downloads"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (h *web) nothing(w http.ResponseWriter, r *http.Request) {
	h.small(w, r, &Refusal{"no-page", "There is nothing at this address.", http.StatusNotFound})
}

func (h *web) small(w http.ResponseWriter, r *http.Request, ref *Refusal) {
	s := ui.Small{Title: http.StatusText(ref.Status), Text: ref.Text, Actions: []ui.Button{{Label: "Available Updates", Href: "/downloads"}}}
	if err := h.ui.Small(w, ref.Status, h.frame(r, s.Title), s); err != nil {
		h.log.Error("page not rendered", "error", err)
		http.Error(w, ref.Text, ref.Status)
	}
}

func (h *web) page(w http.ResponseWriter, r *http.Request, status int, name, title string, body any) {
	p := h.frame(r, title)
	p.Body = body
	if err := h.ui.Page(w, status, name, p); err != nil {
		h.log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, "The update server could not show this page. Try again later.", http.StatusInternalServerError)
	}
}

// frame is what stands around every page.
func (h *web) frame(r *http.Request, title string) ui.Page {
	p := ui.Page{Title: title, Product: product, Path: r.URL.Path}
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		p.Theme = c.Value
	}
	return p
}
