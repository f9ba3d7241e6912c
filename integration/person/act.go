// SPDX-License-Identifier: Apache-2.0

package person

import "golang.org/x/net/html"

// Follow follows the link with these words.
func (p *Person) Follow(words string) {
	p.t.Helper()
	href, err := p.Page.Link(words)
	if err != nil {
		p.t.Fatalf("%v; %s", err, p.describe())
	}
	p.Open(href)
}

// Fill fills in the field with this label.
func (p *Person) Fill(label, value string) { p.t.Helper(); p.FillNth(label, 0, value) }

// FillNth fills in the n-th of several fields with the same label, from 0.
func (p *Person) FillNth(label string, n int, value string) {
	p.t.Helper()
	c, err := p.fields.control(label, n)
	if err == nil {
		err = p.fields.fill(c, value)
	}
	if err != nil {
		p.t.Fatalf("fill in %q: %v; %s", label, err, p.describe())
	}
}

// Value is what the field with this label holds.
func (p *Person) Value(label string) string {
	p.t.Helper()
	c, err := p.fields.control(label, 0)
	if err != nil {
		p.t.Fatalf("%v; %s", err, p.describe())
	}
	return p.fields.value(c)
}

// Has reports whether there is a field with this label.
func (p *Person) Has(label string) bool {
	_, err := p.fields.control(label, 0)
	return err == nil
}

// Tick ticks the checkbox or radio button with this label, or unticks it.
func (p *Person) Tick(label string, on bool) { p.t.Helper(); p.TickNth(label, 0, on) }

// TickNth ticks the n-th of several with the same label, from 0.
func (p *Person) TickNth(label string, n int, on bool) {
	p.t.Helper()
	c, err := p.fields.control(label, n)
	if err == nil {
		err = p.fields.tick(c, on)
	}
	if err != nil {
		p.t.Fatalf("tick %q: %v; %s", label, err, p.describe())
	}
}

// Press presses the button with these words.
func (p *Person) Press(words string) { p.t.Helper(); p.PressNth(words, 0) }

// PressNth presses the n-th of several buttons with the same words, from 0.
func (p *Person) PressNth(words string, n int) {
	p.t.Helper()
	if err := p.press(words, n, nil); err != nil {
		p.t.Fatalf("press %q: %v; %s", words, err, p.describe())
	}
}

// PressBeside presses the button with these words of the form that has the
// field with this label, where a page has several such buttons.
func (p *Person) PressBeside(label, words string) {
	p.t.Helper()
	c, err := p.fields.control(label, 0)
	if err == nil {
		err = p.press(words, 0, formOf(p.Page.root, c))
	}
	if err != nil {
		p.t.Fatalf("press %q: %v; %s", words, err, p.describe())
	}
}

func (p *Person) press(words string, n int, form *html.Node) error {
	b, err := p.fields.button(words, n, form)
	if err != nil {
		return err
	}
	r, err := p.fields.request(b)
	if err != nil {
		return err
	}
	return p.send(r, patience)
}

// See fails the test unless the page shows all these words.
func (p *Person) See(words ...string) {
	p.t.Helper()
	for _, w := range words {
		if !p.Page.Shows(w) {
			p.t.Errorf("the page does not show %q; %s", w, p.describe())
		}
	}
	if p.t.Failed() {
		p.t.FailNow()
	}
}

// Arrive fails the test unless the page is the one at this path, and answers
// without an error.
func (p *Person) Arrive(path string) {
	p.t.Helper()
	if p.Page.URL.Path != path || p.Page.Status >= 400 {
		p.t.Fatalf("expected to be at %s; %s", path, p.describe())
	}
}

// Fact is the value beside a name on the page, which must be there.
func (p *Person) Fact(name string) string {
	p.t.Helper()
	value, ok := p.Page.Fact(name)
	if !ok {
		p.t.Fatalf("the page does not name %q; %s", name, p.describe())
	}
	return value
}
