// SPDX-License-Identifier: Apache-2.0

package sitehost

import "testing"

// How many people are signed in can be asked while others look at the site, and
// is said not to be known while it changes.
func TestSessionsWhileOthersLook(t *testing.T) {
	h := &Host{}
	if n, err := h.Sessions(t.Context()); n != 0 || err != nil {
		t.Errorf("without a site: %d, %v", n, err)
	}
	h.current.Store(&record{})
	h.busy.RLock()
	if _, err := h.Sessions(t.Context()); err == nil || err.Error() == "the site is being installed or started" {
		t.Errorf("while somebody looks: %v", err) // there is no program to answer
	}
	h.busy.RUnlock()
	h.busy.Lock()
	if _, err := h.Sessions(t.Context()); err == nil || err.Error() != "the site is being installed or started" {
		t.Errorf("while it changes: %v", err)
	}
	h.busy.Unlock()
}
