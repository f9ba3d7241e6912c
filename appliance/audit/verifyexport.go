// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// VerifyExport checks a file that Export wrote. It trusts nothing in it and
// needs no more memory than a line. The error is for a reader that fails; what
// is wrong with the file is in the report.
//
// An intact export proves that it is whole and unchanged only together with
// its head, noted elsewhere: anybody can make another intact export.
func VerifyExport(r io.Reader) (Report, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	lines.Split(wholeLines)
	v := verifier{chain: newChain()}
	for v.reason == "" && lines.Scan() {
		v.line(lines.Bytes())
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		v.reason = fmt.Sprintf("line %d is longer than any line of an export", v.lines+1)
	case err != nil:
		return Report{}, fmt.Errorf("read the export: %w", err)
	case v.reason != "": // found in a line
	case v.lines == 0:
		v.reason = "the file is empty"
	case !v.ended:
		v.reason = "the file ends without a footer: it was cut short"
	}
	return v.chain.report(v.chain.seq+1, v.reason), nil
}

// verifier reads an export line by line.
type verifier struct {
	chain  *chain
	lines  int
	ended  bool   // the footer was read
	reason string // what is wrong; ends the reading
}

func (v *verifier) line(b []byte) {
	v.lines++
	var r record
	var foot footer
	switch {
	case v.lines == 1:
		var h header
		if !exact(b, &h) || h.Format != exportFormat {
			v.reason = "this is not an export of the audit log"
		} else if h.Version != exportVersion {
			v.reason = fmt.Sprintf("this export has format version %d, and only %d is known", h.Version, exportVersion)
		}
	case v.ended:
		v.reason = fmt.Sprintf("line %d comes after the footer", v.lines)
	case exact(b, &foot):
		v.ended = true
		v.reason = v.chain.end(foot.Events, foot.Head)
	case exact(b, &r):
		e, err := r.event()
		if err != nil {
			v.reason = fmt.Sprintf("line %d has a time that cannot be read", v.lines)
			return
		}
		v.reason = v.chain.add(e)
	default:
		v.reason = fmt.Sprintf("line %d is not a line of an export: it was edited", v.lines)
	}
}

// exact decodes b into v and says whether b is the very encoding of it: no
// other spelling, order, field or number form passes.
func exact(b []byte, v any) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(v) != nil {
		return false
	}
	var again bytes.Buffer
	enc := json.NewEncoder(&again)
	enc.SetEscapeHTML(false)
	return enc.Encode(v) == nil && bytes.Equal(again.Bytes(), append(b[:len(b):len(b)], '\n'))
}

// wholeLines splits at line feeds and leaves carriage returns alone; what
// follows the last line feed is a line as well.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}
