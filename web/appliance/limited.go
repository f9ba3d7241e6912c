// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/appliance/audit"
	"understudy/web/gate"
)

// Limited notes in the audit log that an address tries to sign in too often.
// The gate tells it once a minute: the log has every flood, and none can fill
// it.
func (p *Pages) Limited(r *http.Request) {
	// The attempt is refused either way, and a log that cannot be written is a
	// health warning of its own.
	_ = p.Audit.Append(r.Context(), gate.Stranger(r, "", "page"), audit.Entry{
		Action: "sign-in", Object: r.URL.Path, Outcome: audit.Refused,
		Detail: "Too many attempts from this address: further ones within a minute are refused without being looked at.",
	})
}
