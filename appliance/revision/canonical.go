// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// canonical encodes a document in the one way in which documents are stored:
// compact, keys sorted, numbers as they were written. Documents that say the
// same are then the same bytes, and a diff shows only what changed.
func canonical(doc any) (json.RawMessage, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxDocument {
		return nil, fmt.Errorf("the document has %d bytes, and %d are the most", len(raw), maxDocument)
	}
	value, err := decode(raw)
	if err != nil {
		return nil, err
	}
	return encode(value, "")
}

func decode(raw json.RawMessage) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // 2^53 + 1 stays what it is
	err = d.Decode(&value)
	return value, err
}

func encode(value any, indent string) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
