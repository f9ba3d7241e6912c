// SPDX-License-Identifier: Apache-2.0

package person

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Page is one answer of the box, read as HTML.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   []byte

	root *html.Node
}

func newPage(u *url.URL, status int, header http.Header, body []byte) (*Page, error) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("read the page %s: %w", u, err)
	}
	return &Page{URL: u, Status: status, Header: header, Body: body, root: root}, nil
}

// Title is the page's first heading.
func (p *Page) Title() string {
	if h := first(p.root, element("h1")); h != nil {
		return textOf(h)
	}
	return ""
}

// Text is what the page shows, with single spaces.
func (p *Page) Text() string { return textOf(p.root) }

// Shows reports whether the page shows the words, however they are spaced.
func (p *Page) Shows(words string) bool { return strings.Contains(p.Text(), squeeze(words)) }

// Alerts are the messages that a screen reader would read out at once.
func (p *Page) Alerts() []string {
	var list []string
	for _, n := range all(p.root, func(n *html.Node) bool { return attr(n, "role") == "alert" }) {
		list = append(list, textOf(n))
	}
	return list
}

// Fact is the value beside a name in a list of facts.
func (p *Page) Fact(name string) (string, bool) {
	for _, dt := range all(p.root, element("dt")) {
		if textOf(dt) != name {
			continue
		}
		for n := dt.NextSibling; n != nil; n = n.NextSibling {
			if element("dd")(n) {
				return textOf(n), true
			}
		}
	}
	return "", false
}

// Rows are the body rows of all tables, a string a cell.
func (p *Page) Rows() [][]string {
	var rows [][]string
	for _, tr := range all(p.root, element("tr")) {
		var cells []string
		for _, td := range all(tr, element("td", "th")) {
			cells = append(cells, textOf(td))
		}
		if tr.Parent == nil || tr.Parent.Data != "thead" {
			rows = append(rows, cells)
		}
	}
	return rows
}

// Row is the first row that has a cell with exactly these words.
func (p *Page) Row(words string) ([]string, bool) {
	for _, row := range p.Rows() {
		if slices.Contains(row, words) {
			return row, true
		}
	}
	return nil, false
}

// Link is where the first link with these words leads.
func (p *Page) Link(words string) (string, error) {
	var seen []string
	for _, a := range all(p.root, element("a")) {
		href := attr(a, "href")
		if href == "" {
			continue
		}
		text := textOf(a)
		if text == words || attr(a, "aria-label") == words {
			return href, nil
		}
		seen = append(seen, text)
	}
	return "", fmt.Errorf("%s has no link %q, only %q", p.URL.Path, words, seen)
}

// Links are the targets of all links.
func (p *Page) Links() []string {
	var list []string
	for _, a := range all(p.root, element("a")) {
		if href := attr(a, "href"); href != "" {
			list = append(list, href)
		}
	}
	return list
}

// Buttons are the words of all buttons that send a form.
func (p *Page) Buttons() []string {
	var list []string
	for _, b := range all(p.root, element("button", "input")) {
		if words, ok := buttonWords(b); ok {
			list = append(list, words)
		}
	}
	return list
}

// unread are elements whose text nobody sees. What stands in noscript is read:
// this browser runs no scripts.
var unread = map[string]bool{"head": true, "script": true, "style": true, "template": true}

func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && (unread[n.Data] || has(n, "hidden")) {
			return
		}
		if blockLike[n.Data] {
			b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if blockLike[n.Data] {
			b.WriteByte(' ')
		}
	}
	walk(n)
	return squeeze(b.String())
}

// blockLike are elements whose text does not run on into their neighbours'.
var blockLike = map[string]bool{
	"p": true, "div": true, "li": true, "td": true, "th": true, "tr": true, "dt": true, "dd": true, "br": true,
	"h1": true, "h2": true, "h3": true, "section": true, "summary": true, "label": true, "button": true,
	"option": true, "a": true, "form": true, "pre": true,
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func element(names ...string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Type == html.ElementNode && slices.Contains(names, n.Data) }
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
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func all(root *html.Node, match func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	for n := range root.Descendants() {
		if match(n) {
			list = append(list, n)
		}
	}
	return list
}

func first(root *html.Node, match func(*html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if match(n) {
			return n
		}
	}
	return nil
}
