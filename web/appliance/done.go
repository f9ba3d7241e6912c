// SPDX-License-Identifier: Apache-2.0

package appliance

import "net/http"

// done is what a page says of the act that led to it.
func done(r *http.Request) string { return doneSentences[r.URL.Query().Get("done")] }

// doneSentences are by the names that a query may have; it can say nothing else.
var doneSentences = map[string]string{
	"signed-out":       "You are signed out.",
	"password-changed": "The password was changed. Your other sessions have ended.",
	"name-changed":     "The display name was changed.",
	"session-ended":    "The session was ended.",
	"token-revoked":    "The token was revoked. Programs that use it are refused from now on.",
	"user-added":       "The user was added.",
	"user-changed":     "The user was changed.",
	"user-deleted":     "The user was deleted.",
	"user-unlocked":    "The user was unlocked.",
	"uploaded":         "The file is whole, and comes from whom this appliance trusts.",
	"discarded":        "The package was removed from the appliance.",
	"acknowledged":     "The warning was acknowledged. It goes away when its cause does.",
	"kept":             "The settings are kept.",
	"undone":           "The settings from before are back.",
	"reverted":         "The revision was reverted.",
	"clock-changed":    "The time settings were changed.",
	"clock-set":        "The time servers are asked once more, and the clock is set if they still say the same.",
	"network-changed":  "The network was changed. Keep the settings before the time above runs out.",
	"network-saved":    "The network settings were saved. Nothing in them can cut you off, so there is nothing to confirm.",
	"network-same":     "Nothing was different, so nothing was changed.",
}
