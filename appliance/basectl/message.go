// SPDX-License-Identifier: Apache-2.0

package basectl

import (
	"fmt"
	"slices"
	"unicode"
)

// versions are the versions of the protocol that this package speaks.
var versions = []int{1}

// What can be asked. The set is closed: anything else is refused.
const (
	doHello    = "hello"     // the versions of both sides
	doFacts    = "facts"     // what the box tells its site
	doReady    = "ready"     // answered when the site serves, however long that takes
	doStatus   = "status"    // what the site is doing
	doReadOnly = "read-only" // answered when the last write has ended
	doWritable = "writable"  // takes read-only back
	doCopy     = "copy"      // writes CopyName into the site's data directory
	doReload   = "reload"    // reads the package summary again
	doStop     = "stop"      // answered when accepted; requests under way end first
)

// CopyName is the file in the site's data directory that a copy of its
// database is written to.
const CopyName = "site.db.copy"

// FirstPasswordName is the file beside the package's summary that holds the
// hash of the first account's password, in PHC form. It may be missing: then
// the first sign-in is the guide's. It is no request, because the account is
// made before anybody can ask.
const FirstPasswordName = "first-password"

// The states of a site.
const (
	Starting = "starting" // opens and migrates its database
	Running  = "running"
	ReadOnly = "read-only" // writes get 503
	Stopping = "stopping"
)

// Facts are what sited cannot find out itself.
type Facts struct {
	Hostname string `json:"hostname"` // of the box; may be empty
	Zone     string `json:"zone"`     // IANA name of its time zone
	Serial   string `json:"serial"`
}

// Status is what a site says of itself.
type Status struct {
	State   string `json:"state"`   // Starting, Running, ReadOnly, Stopping
	Version string `json:"version"` // product version
	Tree    int    `json:"tree"`
	Build   string `json:"build"`

	Sessions int `json:"sessions,omitempty"` // people signed in
}

type request struct {
	ID       uint64 `json:"id"`
	Do       string `json:"do"`
	Versions []int  `json:"versions,omitempty"` // doHello only
	Facts    *Facts `json:"facts,omitempty"`    // doFacts only
	Reason   string `json:"reason,omitempty"`   // doReadOnly only: a sentence that those read who want to write
}

type reply struct {
	ID       uint64  `json:"id"`
	Error    string  `json:"error,omitempty"`
	Versions []int   `json:"versions,omitempty"` // to doHello only
	Status   *Status `json:"status,omitempty"`   // to doStatus only
}

// VersionError says that the two sides have no version in common.
type VersionError struct{ Ours, Theirs []int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("base and site speak no common version of their protocol: this side speaks %v, the other %v; install a site that fits this base software", e.Ours, e.Theirs)
}

// common returns the highest version that both sides speak.
func common(theirs []int) (int, error) {
	best := 0
	for _, v := range theirs {
		if slices.Contains(versions, v) {
			best = max(best, v)
		}
	}
	if best == 0 {
		return 0, &VersionError{Ours: versions, Theirs: theirs}
	}
	return best, nil
}

const (
	maxText     = 500 // bytes of a text in a message
	maxVersions = 32
)

// check refuses a request outside the closed set.
func (r request) check() error {
	switch {
	case !slices.Contains([]string{doHello, doFacts, doReady, doStatus, doReadOnly, doWritable, doCopy, doReload, doStop}, r.Do):
		return fmt.Errorf("unknown request %.40q", r.Do)
	case (r.Do == doHello) != (len(r.Versions) > 0) || len(r.Versions) > maxVersions:
		return fmt.Errorf("%s with %d versions", r.Do, len(r.Versions))
	case (r.Do == doFacts) != (r.Facts != nil):
		return fmt.Errorf("%s and facts do not go together", r.Do)
	case (r.Do == doReadOnly) != (r.Reason != ""):
		return fmt.Errorf("%s and a reason of %d bytes do not go together", r.Do, len(r.Reason))
	}
	texts := []string{r.Reason}
	if r.Facts != nil {
		texts = append(texts, r.Facts.Hostname, r.Facts.Zone, r.Facts.Serial)
	}
	return checkTexts(texts)
}

// check refuses an answer that no site of this protocol gives.
func (s Status) check() error {
	if !slices.Contains([]string{Starting, Running, ReadOnly, Stopping}, s.State) {
		return fmt.Errorf("unknown state %.40q", s.State)
	}
	return checkTexts([]string{s.Version, s.Build})
}

func checkTexts(texts []string) error {
	for _, s := range texts {
		if len(s) > maxText {
			return fmt.Errorf("text of %d bytes is longer than %d", len(s), maxText)
		}
		for _, c := range s {
			if !unicode.IsPrint(c) {
				return fmt.Errorf("text holds the unprintable character %q", c)
			}
		}
	}
	return nil
}
