// SPDX-License-Identifier: Apache-2.0

package ui

import "slices"

// Field is one labelled input of a form. The label stands above it, the help
// below, the error between them.
type Field struct {
	Name     string // the id too
	Label    string
	Type     string // an input type, default "text"; "textarea", "select" and "checkbox" are the other forms
	Value    string
	Checked  bool
	Options  []Option // of a select
	Rows     int      // of a textarea
	Help     string
	Error    string
	Complete string // the autocomplete attribute, default "off"
	Mode     string // the inputmode attribute
	Max      int    // longest value in characters, 0 for no limit
	Width    string // "short", "middle" or the whole width
	Required bool
	Focus    bool // the field that a page is opened for
	Mono     bool
}

// Kind is the form of the control.
func (f Field) Kind() string {
	switch f.Type {
	case "textarea", "select", "checkbox":
		return f.Type
	}
	return "input"
}

// InputType is the type attribute of a plain input.
func (f Field) InputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// Autocomplete is the autocomplete attribute.
func (f Field) Autocomplete() string {
	if f.Complete == "" {
		return "off"
	}
	return f.Complete
}

// Described lists the ids that describe the control, for aria-describedby.
func (f Field) Described() string {
	ids := ""
	if f.Error != "" {
		ids = f.Name + "-error"
	}
	if f.Help != "" {
		if ids != "" {
			ids += " "
		}
		ids += f.Name + "-help"
	}
	return ids
}

// Option is one choice of a select, in a group if Group is not empty; options
// of one group stand together.
type Option struct {
	Value, Label, Group string
	Selected            bool
}

// Groups returns the options by group, in order.
func (f Field) Groups() []OptionGroup {
	var groups []OptionGroup
	for _, o := range f.Options {
		if n := len(groups); n == 0 || groups[n-1].Label != o.Group {
			groups = append(groups, OptionGroup{Label: o.Group})
		}
		last := &groups[len(groups)-1]
		last.Options = append(last.Options, o)
	}
	return groups
}

// OptionGroup is what the options of one group share.
type OptionGroup struct {
	Label   string
	Options []Option
}

// Form is a form that was refused or is about to be filled in: the summary of
// what is wrong stands on top and leads to each field.
type Form struct {
	Action  string
	Refused string // why the whole was refused, in a sentence; empty if only fields are wrong
	Fields  []Field
	Hidden  []Hidden
	Submit  string
	Kind    string // of the submit button: "primary" unless it is "danger"
	Other   *Other // a second submit button
	Cancel  *Link
}

// Other is a second button of a form that sends the same fields elsewhere.
type Other struct{ Label, Action string }

// Errors are the fields that are wrong.
func (f Form) Errors() []Field {
	var wrong []Field
	for _, field := range f.Fields {
		if field.Error != "" {
			wrong = append(wrong, field)
		}
	}
	return wrong
}

// Upload reports whether the form sends a file, which needs another encoding.
func (f Form) Upload() bool {
	return slices.ContainsFunc(f.Fields, func(f Field) bool { return f.Type == "file" })
}

// Wrong reports whether anything was refused.
func (f Form) Wrong() bool { return f.Refused != "" || len(f.Errors()) > 0 }

// Field returns the named field, which must exist; a page that lays a form out
// by hand picks its fields so.
func (f Form) Field(name string) Field {
	for _, field := range f.Fields {
		if field.Name == name {
			return field
		}
	}
	return Field{Name: name, Label: name}
}

// Fail puts errors at the fields they are named by, and the rest on top.
func (f *Form) Fail(errors map[string]string) {
	for name, sentence := range errors {
		found := false
		for i := range f.Fields {
			if f.Fields[i].Name == name {
				f.Fields[i].Error, found = sentence, true
			}
		}
		if !found {
			if f.Refused != "" {
				f.Refused += " "
			}
			f.Refused += sentence
		}
	}
}

// Fill sets each field to the value that was sent. Passwords are not sent
// back.
func (f *Form) Fill(sent map[string][]string) {
	for i := range f.Fields {
		field := &f.Fields[i]
		value := ""
		if list := sent[field.Name]; len(list) > 0 {
			value = list[0]
		}
		switch field.Type {
		case "password":
		case "checkbox":
			field.Checked = value != ""
		case "select":
			for j := range field.Options {
				field.Options[j].Selected = field.Options[j].Value == value
			}
			field.Value = value
		default:
			field.Value = value
		}
	}
}
