// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io"

	"understudy/appliance/client/applianceapi"
)

// jsonPrinter prints results as indented JSON, and what happens over time as
// JSON Lines.
type jsonPrinter struct {
	out io.Writer
	err error
}

func newJSONPrinter(out io.Writer) *jsonPrinter { return &jsonPrinter{out: out} }

func (p *jsonPrinter) encode(v any, indent string) {
	e := json.NewEncoder(p.out)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil && p.err == nil {
		p.err = err
	}
}

// Value prints v.
func (p *jsonPrinter) Value(v any, _ func(*sheet)) { p.encode(v, "  ") }

// Note prints nothing.
func (p *jsonPrinter) Note(string, ...any) {}

// Task prints one line: {"task": …}.
func (p *jsonPrinter) Task(t applianceapi.Task) {
	p.encode(map[string]applianceapi.Task{"task": t}, "")
}

// Line prints one line: {"line": …}.
func (p *jsonPrinter) Line(l applianceapi.TaskLine) {
	p.encode(map[string]applianceapi.TaskLine{"line": l}, "")
}

// Close reports what could not be written.
func (p *jsonPrinter) Close() error { return p.err }
