// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"fmt"
	"io"
	"time"

	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
)

// worded is an error in words for whoever reads it here.
type worded struct {
	error
	text string
}

func (e *worded) Error() string { return e.text }

// Unwrap gives what it is in the words of its own package.
func (e *worded) Unwrap() error { return e.error }

// fits is plan.Check; what is refused because of a requirement is told with it,
// as in the list of available updates.
func fits(state plan.State, s pack.Summary) error {
	err := plan.Check(state, s)
	if unmet := (*plan.Unmet)(nil); errors.As(err, &unmet) {
		return &worded{err, err.Error() + " " + unmet.Advice()}
	}
	return err
}

// noUpdateFile says in words that a file is something else than an update file;
// it gives other errors as they are.
func noUpdateFile(err error) error {
	if e := (*trust.Error)(nil); errors.As(err, &e) && e.Check == trust.Format && e.What == "update file" {
		return &worded{err, "This is no update file, or only the beginning of one (check: " + e.Check + "). Choose the file as it was downloaded for this appliance from the update server."}
	}
	return err
}

// source is a reader that remembers why it stopped, to tell that from what went
// wrong with the writing.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// ago says how long ago something was that is less than a day away.
func ago(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	if n >= 60 {
		n, unit = n/60, "hour"
	}
	switch n {
	case 0:
		return "just now"
	case 1:
		return "1 " + unit + " ago"
	}
	return fmt.Sprintf("%d %ss ago", n, unit)
}
