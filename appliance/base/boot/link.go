// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"
)

// PowerKind is what is to become of the machine.
type PowerKind string

// What a machine can be told.
const (
	Reboot PowerKind = "reboot"
	Off    PowerKind = "off"
)

// The link is a socket that based inherits as descriptor linkFD. based asks,
// the supervisor answers each request once, in order: one JSON object a line,
// either way.
const (
	linkFD   = 3
	linkEnv  = "UNDERSTUDY_LINK" // set to linkFD, so that a based started by hand does not talk to a stranger's file
	maxLine  = 4 << 10           // bytes, line end included
	maxCause = 500               // bytes of a reason
)

// What can be asked. The set is closed: anything else is refused.
const (
	doHello        = "hello"         // answered with the number of crashes
	doHealthy      = "healthy"       // feeds the watchdog
	doPower        = "power"         // answered when accepted; the box then stops
	doFactoryReset = "factory-reset" // answered when the key is gone; the box then restarts
	doRunSite      = "run-site"      // starts the site's program and keeps it up
	doMigrateSite  = "migrate-site"  // starts it to migrate its database and to end
	doStopSite     = "stop-site"     // answered when accepted
	doSiteStatus   = "site-status"   // answered with a SiteProcess
)

type linkRequest struct {
	ID     uint64    `json:"id"`
	Do     string    `json:"do"`
	Kind   PowerKind `json:"kind,omitempty"`   // doPower only
	Reason string    `json:"reason,omitempty"` // doPower and doFactoryReset: who or what wants it

	Generation string `json:"generation,omitempty"` // the requests about the site: "a" or "b"
}

type linkReply struct {
	ID      uint64       `json:"id"`
	Error   string       `json:"error,omitempty"`
	Crashes int          `json:"crashes,omitempty"` // doHello only
	Site    *SiteProcess `json:"site,omitempty"`    // doSiteStatus only
}

// errLine is wrapped by what is wrong with one line; the next may be good.
var errLine = errors.New("link")

// check refuses a request outside the closed set.
func (r linkRequest) check() error {
	wantReason := r.Do == doPower || r.Do == doFactoryReset
	ofSite := r.Do == doRunSite || r.Do == doMigrateSite || r.Do == doStopSite || r.Do == doSiteStatus
	switch {
	case r.Do != doHello && r.Do != doHealthy && !wantReason && !ofSite:
		return fmt.Errorf("%w: unknown request %.40q", errLine, r.Do)
	case r.Do == doPower && r.Kind != Reboot && r.Kind != Off:
		return fmt.Errorf("%w: unknown kind of power request %.40q", errLine, r.Kind)
	case r.Do != doPower && r.Kind != "":
		return fmt.Errorf("%w: %s has no kind", errLine, r.Do)
	case ofSite && !isGeneration(r.Generation):
		return fmt.Errorf("%w: unknown generation of the site %.40q", errLine, r.Generation)
	case !ofSite && r.Generation != "":
		return fmt.Errorf("%w: %s has no generation", errLine, r.Do)
	case wantReason && r.Reason == "":
		return fmt.Errorf("%w: %s needs a reason", errLine, r.Do)
	case !wantReason && r.Reason != "":
		return fmt.Errorf("%w: %s has no reason", errLine, r.Do)
	case len(r.Reason) > maxCause:
		return fmt.Errorf("%w: reason of %d bytes is longer than %d", errLine, len(r.Reason), maxCause)
	}
	for _, c := range r.Reason {
		if !unicode.IsPrint(c) {
			return fmt.Errorf("%w: reason holds the unprintable character %q", errLine, c)
		}
	}
	return nil
}

func decodeRequest(line []byte) (linkRequest, error) {
	var r linkRequest
	if err := decodeLine(line, &r); err != nil {
		return r, err
	}
	return r, r.check()
}

// decodeLine reads one JSON object and nothing behind it.
func decodeLine(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errLine, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the JSON object", errLine)
	}
	return nil
}

func encodeLine(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLine, err)
	}
	if len(b)+1 > maxLine {
		return nil, fmt.Errorf("%w: line of %d bytes is longer than %d", errLine, len(b)+1, maxLine)
	}
	return append(b, '\n'), nil
}

// lineReader reads lines of at most maxLine bytes. After a longer one there is
// no telling where the next begins, so that error ends the conversation.
func lineReader(r io.Reader) func() ([]byte, error) {
	br := bufio.NewReaderSize(r, maxLine)
	return func() ([]byte, error) {
		line, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, fmt.Errorf("%w: line is longer than %d bytes", errLine, maxLine)
		}
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		return line, err
	}
}
