// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"understudy/appliance/base/network"
	"understudy/appliance/confirm"
	"understudy/appliance/revision"
	"understudy/web/gate"
	"understudy/web/ui"
)

// applyNetwork brings a configuration into force, on top of the revision that
// the form was made from. What is wrong with it comes back in the form, which
// again shows.
func (p *Pages) applyNetwork(w http.ResponseWriter, r *http.Request, c network.Config, form *ui.Form, fields map[string]string, again func() error) error {
	principal, _ := gate.From(r.Context())
	base, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil || base < 0 {
		return revision.ErrStale
	}
	pending, err := p.Network.Change(r.Context(), principal.Actor(), base, c, r.PostForm.Get("reason"), reachedAt(r))
	var invalid *network.InvalidError
	switch {
	case errors.As(err, &invalid):
		form.Fail(rename(invalid.Fields, fields))
		return again()
	case errors.Is(err, confirm.ErrPending):
		form.Refused = ui.Sentence(err.Error())
		return again()
	case err != nil:
		return err
	case pending != nil:
		return ui.Done(w, r, pathNetwork, networkChanged)
	}
	_, now, err := p.Network.Config(r.Context())
	if err != nil {
		return err
	}
	if now == base {
		return ui.Done(w, r, pathNetwork, "network-same")
	}
	return ui.Done(w, r, pathNetwork, "network-saved")
}

// rename gives errors the names that the form's fields have; a list's entries
// become the list. What the form does not have keeps its name in the sentence.
func rename(errors, fields map[string]string) map[string]string {
	named := make(map[string]string)
	for path, sentence := range errors {
		name, known := fields[path]
		if list, _, isList := strings.Cut(path, "["); !known && isList {
			name, known = fields[list]
		}
		switch {
		case !known:
			named[path] = sentence
		case named[name] != "":
			named[name] += " " + sentence
		default:
			named[name] = sentence
		}
	}
	return named
}

// reachedAt is the address of this box that the request came in on: cutting
// that one off is what the change has to be careful about.
func reachedAt(r *http.Request) netip.Addr {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}
	}
	at, err := netip.ParseAddrPort(local.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}
