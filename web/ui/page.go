// SPDX-License-Identifier: Apache-2.0

package ui

// Page is everything around a page's own content, and that content.
type Page struct {
	Title   string // of the document and of the page's first heading
	Root    string // what all paths of the layout begin with; the renderer fills it in
	Product string
	Host    string
	Now     string // time of the answer, RFC 3339: scripts count down by the box's clock

	User    *User  // nil before sign-in
	Health  *Pill  // nil before sign-in
	Theme   string // "light", "dark" or empty for what the system has
	Path    string // of this page, to come back to after a change of theme
	Tabs    []Link
	Subtabs []Link

	Banners []Banner
	Done    string  // what the act that led here has done, in a sentence
	Drawer  *Drawer // nil before sign-in
	Stream  string  // path of the live stream; empty: none
	Refresh int     // seconds until a browser without scripts loads the page again; 0: never

	Body any
}

// User is who is signed in.
type User struct {
	Name     string
	Role     string
	ReadOnly bool
}

// Drawer lists the running tasks and the last ended ones at the foot of every
// page.
type Drawer struct {
	Running int
	Rows    []TaskRow
	All     string // where the list of all tasks is
}

// TaskRow is a task in the drawer and in lists.
type TaskRow struct {
	Title   string
	Href    string
	State   Pill
	Percent int // of a running task
	Live    bool
	By      string
	Started Moment
	Took    string
	Result  string
}

// Summary is the drawer's line when it is closed.
func (d Drawer) Summary() string {
	switch {
	case d.Running > 0:
		return Count(d.Running, "task") + " running"
	case len(d.Rows) > 0:
		return "No task running"
	}
	return "No tasks yet"
}

// Small is a page that says one thing, without tabs: an error, a goodbye, a
// box without a site.
type Small struct {
	Title     string
	Text      string
	Notes     []string
	Reference string
	Actions   []Button
}

// Product is what the box calls itself.
const Product = "Understudy"
