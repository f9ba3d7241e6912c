// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// CheckPage reports what is wrong with a page: inline style or script, a field
// without a label, an id used twice or referred to and not there, a form that
// needs scripts, a control without a name, a table without a caption, an image
// that hides nothing and says nothing.
func CheckPage(t testing.TB, page []byte) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	c := checker{t: t, ids: map[string]int{}, labels: map[string]bool{}}
	walk(root, c.collect)
	for id, n := range c.ids {
		if n > 1 {
			t.Errorf("the id %q is used %d times", id, n)
		}
	}
	walk(root, c.check)
	if c.h1 != 1 {
		t.Errorf("the page has %d first headings", c.h1)
	}
}

type checker struct {
	t      testing.TB
	ids    map[string]int
	labels map[string]bool // ids that a label is for
	h1     int
}

func walk(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		walk(child, f)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var b strings.Builder
	var collect func(*html.Node)
	collect = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			collect(child)
		}
	}
	collect(n)
	return strings.TrimSpace(b.String())
}

func (c *checker) collect(n *html.Node) {
	if id := attr(n, "id"); id != "" {
		c.ids[id]++
	}
	if n.Data == "label" {
		c.labels[attr(n, "for")] = true
	}
	if n.Data == "h1" {
		c.h1++
	}
}

func (c *checker) check(n *html.Node) {
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") {
			c.t.Errorf("<%s %s=%q> runs or styles inline", n.Data, a.Key, a.Val)
		}
	}
	for _, name := range []string{"aria-labelledby", "aria-describedby", "for"} {
		for id := range strings.FieldsSeq(attr(n, name)) {
			if c.ids[id] == 0 {
				c.t.Errorf("<%s %s=%q> refers to nothing", n.Data, name, id)
			}
		}
	}
	switch n.Data {
	case "script":
		if attr(n, "src") == "" {
			c.t.Error("a script is inline")
		}
	case "style":
		c.t.Error("a style sheet is inline")
	case "input", "select", "textarea":
		if kind := attr(n, "type"); kind != "hidden" && kind != "submit" && !c.labels[attr(n, "id")] && attr(n, "aria-label") == "" {
			c.t.Errorf("the field %q has no label", attr(n, "name"))
		}
		if attr(n, "name") == "" {
			c.t.Errorf("a field of type %q has no name", attr(n, "type"))
		}
	case "form":
		if attr(n, "action") == "" || attr(n, "method") == "" {
			c.t.Errorf("a form does not say where it goes: %q", text(n))
		}
	case "button":
		if attr(n, "type") != "submit" || text(n) == "" && attr(n, "aria-label") == "" {
			c.t.Errorf("the button %q needs scripts or says nothing", text(n))
		}
	case "a":
		if attr(n, "href") == "" || text(n) == "" {
			c.t.Errorf("the link %q to %q leads nowhere or says nothing", text(n), attr(n, "href"))
		}
	case "table":
		if find(n, "caption") == nil {
			c.t.Error("a table has no caption")
		}
	case "img":
		if !has(n, "alt") {
			c.t.Error("an image has no alternative")
		}
	}
}

func find(n *html.Node, name string) (found *html.Node) {
	walk(n, func(e *html.Node) {
		if e.Data == name && found == nil {
			found = e
		}
	})
	return found
}
