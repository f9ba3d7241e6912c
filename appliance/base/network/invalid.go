// SPDX-License-Identifier: Apache-2.0

package network

import (
	"fmt"
	"strings"
)

// InvalidError lists what is wrong with a configuration: a sentence for each
// field, by the field's path in the JSON document, such as "gateway4" or
// "interfaces[0].addresses[1]".
type InvalidError struct{ Fields map[string]string }

// Error joins the sentences, each with the field it is about.
func (e *InvalidError) Error() string {
	names := make([]string, 0, len(e.Fields))
	for name := range e.Fields {
		names = append(names, name)
	}
	var b strings.Builder
	b.WriteString("The network configuration cannot be used.")
	for _, name := range sortFields(names) {
		fmt.Fprintf(&b, " %s: %s", name, e.Fields[name])
	}
	return b.String()
}

// problems collects what is wrong; the first about a field stands.
type problems map[string]string

func (p problems) add(field, format string, args ...any) {
	if p[field] == "" {
		p[field] = fmt.Sprintf(format, args...)
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &InvalidError{Fields: p}
}
