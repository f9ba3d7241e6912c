// SPDX-License-Identifier: Apache-2.0

package login

import "net/http"

// done is what a page says of the act that led to it.
func done(r *http.Request) string { return doneSentences[r.URL.Query().Get("done")] }

// doneSentences are by the names that a query may have; it can say nothing else.
var doneSentences = map[string]string{
	"signed-out":       "You are signed out.",
	"password-changed": "The password was changed. Your other sessions have ended.",
	"name-changed":     "The display name was changed.",
	"session-ended":    "The session was ended.",
}
