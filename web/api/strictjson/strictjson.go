// SPDX-License-Identifier: Apache-2.0

package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep a document nests; the deepest of ours has five
// levels.
const maxDepth = 16

// Unmarshal decodes one document into v. Its errors are for who sent it.
func Unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := checkValue(d, 0); err != nil {
		return readable(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the document")
	}
	d = json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return readable(d.Decode(v))
}

// checkValue reads one value of the token stream.
func checkValue(d *json.Decoder, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("the document nests deeper than %d levels", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') && t != json.Delim('[') {
		return nil
	}
	names := map[string]bool{}
	for d.More() {
		if t == json.Delim('{') {
			if err := checkName(d, names); err != nil {
				return err
			}
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing bracket
	return err
}

// checkName reads one name of an object. encoding/json matches names without
// regard to case, so names that differ only there are the same.
func checkName(d *json.Decoder, seen map[string]bool) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	name, _ := t.(string)
	for _, r := range name {
		if r >= utf8.RuneSelf {
			return fmt.Errorf("there is no field %.60q", name)
		}
	}
	key := strings.ToLower(name)
	if seen[key] {
		return fmt.Errorf("the field %.60q is there twice", name)
	}
	seen[key] = true
	return nil
}

// readable puts the decoder's words into ours.
func readable(err error) error {
	var shape *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the document ends too early")
	case errors.As(err, &shape):
		return fmt.Errorf("%s cannot be %s", shape.Field, shape.Value)
	case err != nil:
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
