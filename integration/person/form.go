// SPDX-License-Identifier: Apache-2.0

package person

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// fields are what the forms of a page hold now: what the page came with, and
// what was filled in since.
type fields struct {
	page    *Page
	changed map[*html.Node]string // value of an input, textarea or chosen option
	checked map[*html.Node]bool   // state of a checkbox or radio button
}

func newFields(p *Page) *fields {
	return &fields{p, map[*html.Node]string{}, map[*html.Node]bool{}}
}

// control finds a field by its label. An optional field's label says so; that
// need not be repeated. Among several of one label, n counts from 0.
func (f *fields) control(label string, n int) (*html.Node, error) {
	var seen []string
	for _, c := range all(f.page.root, element("input", "select", "textarea")) {
		if attr(c, "type") == "hidden" {
			continue
		}
		text := f.labelOf(c)
		if text == label || strings.TrimSuffix(text, " optional") == label {
			if n == 0 {
				return c, nil
			}
			n--
		}
		seen = append(seen, text)
	}
	return nil, fmt.Errorf("%s has no field %q, only %q", f.page.URL.Path, label, seen)
}

// labelOf is what a field is called: by a label that names it, by one around
// it, or by its own description for screen readers.
func (f *fields) labelOf(c *html.Node) string {
	if text := attr(c, "aria-label"); text != "" {
		return text
	}
	if id := attr(c, "id"); id != "" {
		for _, l := range all(f.page.root, element("label")) {
			if attr(l, "for") == id {
				return textOf(l)
			}
		}
	}
	for n := range c.Ancestors() {
		if element("label")(n) {
			return textOf(n)
		}
	}
	return ""
}

func isFile(c *html.Node) bool { return c.Data == "input" && attr(c, "type") == "file" }

// fill sets a field to a value; of a select, to the option with that value or
// those words. Files are for a real browser, see package chromium.
func (f *fields) fill(c *html.Node, value string) error {
	switch {
	case c.Data == "select":
		var seen []string
		for _, o := range all(c, element("option")) {
			if textOf(o) == value || optionValue(o) == value {
				f.changed[c] = optionValue(o)
				return nil
			}
			seen = append(seen, textOf(o))
		}
		return fmt.Errorf("there is no choice %q, only %q", value, seen)
	case isFile(c):
		return fmt.Errorf("it is for a file")
	case attr(c, "type") == "checkbox" || attr(c, "type") == "radio":
		return fmt.Errorf("it is ticked, not filled in")
	}
	f.changed[c] = value
	return nil
}

// tick sets a checkbox, or chooses a radio button among those of its name.
func (f *fields) tick(c *html.Node, on bool) error {
	switch attr(c, "type") {
	case "checkbox":
	case "radio":
		for _, other := range all(f.page.root, element("input")) {
			if attr(other, "type") == "radio" && attr(other, "name") == attr(c, "name") {
				f.checked[other] = false
			}
		}
	default:
		return fmt.Errorf("it is filled in, not ticked")
	}
	f.checked[c] = on
	return nil
}

// button finds a submit button by its words, in one form or, if that is nil, on
// the whole page. Among several, n counts from 0.
func (f *fields) button(words string, n int, form *html.Node) (*html.Node, error) {
	var seen []string
	for _, b := range all(f.page.root, element("button", "input")) {
		text, ok := buttonWords(b)
		if !ok || form != nil && formOf(f.page.root, b) != form {
			continue
		}
		if text == words {
			if n == 0 {
				return b, nil
			}
			n--
		}
		seen = append(seen, text)
	}
	return nil, fmt.Errorf("%s has no button %q, only %q", f.page.URL.Path, words, seen)
}

// buttonWords are what stands on a button; false if it sends no form.
func buttonWords(b *html.Node) (words string, ok bool) {
	kind := attr(b, "type")
	if kind != "submit" && (b.Data == "input" || kind != "") {
		return "", false
	}
	if label := attr(b, "aria-label"); label != "" {
		return label, true
	}
	if b.Data == "input" {
		return attr(b, "value"), true
	}
	return textOf(b), true
}

// request is what pressing the button sends.
func (f *fields) request(button *html.Node) (*http.Request, error) {
	form := formOf(f.page.root, button)
	if form == nil {
		return nil, fmt.Errorf("the button %q belongs to no form", textOf(button))
	}
	action, method := attr(form, "action"), attr(form, "method")
	if a := attr(button, "formaction"); a != "" {
		action = a
	}
	target, err := f.page.URL.Parse(action)
	if err != nil {
		return nil, fmt.Errorf("send the form to %q: %w", action, err)
	}
	values := f.values(form, button)
	if strings.EqualFold(method, "post") {
		r, err := http.NewRequest(http.MethodPost, target.String(), strings.NewReader(values.Encode()))
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return r, err
	}
	target.RawQuery = values.Encode()
	return http.NewRequest(http.MethodGet, target.String(), nil)
}

// values are those of the form's successful controls.
func (f *fields) values(form, button *html.Node) url.Values {
	v := url.Values{}
	for _, c := range all(f.page.root, element("input", "select", "textarea", "button")) {
		name := attr(c, "name")
		if name == "" || isFile(c) || has(c, "disabled") || formOf(f.page.root, c) != form {
			continue
		}
		switch kind := attr(c, "type"); {
		case c.Data == "button" || kind == "submit":
			if c == button {
				v.Add(name, attr(c, "value"))
			}
		case kind == "checkbox" || kind == "radio":
			on, set := f.checked[c]
			if on || !set && has(c, "checked") {
				v.Add(name, onValue(c))
			}
		default:
			v.Add(name, f.value(c))
		}
	}
	return v
}

// value is what an input, textarea or select holds.
func (f *fields) value(c *html.Node) string {
	if text, ok := f.changed[c]; ok {
		return text
	}
	switch c.Data {
	case "textarea":
		if c.FirstChild != nil {
			return strings.TrimPrefix(c.FirstChild.Data, "\n")
		}
		return ""
	case "select":
		options := all(c, element("option"))
		if i := slices.IndexFunc(options, func(o *html.Node) bool { return has(o, "selected") }); i >= 0 {
			return optionValue(options[i])
		}
		if len(options) > 0 {
			return optionValue(options[0])
		}
		return ""
	}
	return attr(c, "value")
}

func onValue(c *html.Node) string {
	if has(c, "value") {
		return attr(c, "value")
	}
	return "on"
}

func optionValue(o *html.Node) string {
	if has(o, "value") {
		return attr(o, "value")
	}
	return textOf(o)
}

// formOf is the form that a control belongs to: the one it names, else the one
// around it.
func formOf(root, c *html.Node) *html.Node {
	if id := attr(c, "form"); id != "" {
		return first(root, func(n *html.Node) bool { return element("form")(n) && attr(n, "id") == id })
	}
	for n := range c.Ancestors() {
		if element("form")(n) {
			return n
		}
	}
	return nil
}
