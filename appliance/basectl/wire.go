// SPDX-License-Identifier: Apache-2.0

package basectl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

const maxLine = 8 << 10 // bytes, line end included

// decode reads one JSON object and nothing behind it.
func decode(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("reading a message: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("reading a message: something follows the JSON object")
	}
	return nil
}

func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(b)+1 > maxLine {
		return nil, fmt.Errorf("message of %d bytes is longer than %d", len(b)+1, maxLine)
	}
	return append(b, '\n'), nil
}

// lines reads lines of at most maxLine bytes. After a longer one there is no
// telling where the next begins, so that error ends the conversation.
func lines(r io.Reader) func() ([]byte, error) {
	br := bufio.NewReaderSize(r, maxLine)
	return func() ([]byte, error) {
		line, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, fmt.Errorf("message is longer than %d bytes", maxLine)
		}
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		return line, err
	}
}

// clip makes one printable line of at most maxText bytes.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText-len("…")], "") + "…"
	}
	return s
}
