// SPDX-License-Identifier: Apache-2.0

package ui

import "html/template"

// icons are the shapes of the pages, drawn on a square of 16. Each is drawn
// with the colour of its text; what it says stands beside it as a word.
var icons = map[string]template.HTML{
	"check":   `<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none"/><path d="M4.8 8.2l2.3 2.3 4.2-4.6" class="cut"/>`,
	"warning": `<path d="M8 1.3 15.4 14.4H.6z" fill="currentColor" stroke-linejoin="round"/><path d="M8 6v3.6M8 11.8v.4" class="cut"/>`,
	"stop":    `<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" fill="currentColor" stroke="none"/><path d="M8 4.2v4.6M8 11.3v.4" class="cut"/>`,
	"dot":     `<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="currentColor" stroke="none"/><path d="M8 7.4v4M8 4.4v.4" class="cut"/>`,
	"ring":    `<circle cx="8" cy="8" r="5.8"/>`,
	"turn":    `<path d="M14 8a6 6 0 1 1-2.2-4.6M14 1.6v3.2h-3.2"/>`,
	"list":    `<path d="M5.5 4h9M5.5 8h9M5.5 12h9M1.5 4h.4M1.5 8h.4M1.5 12h.4"/>`,
	"person":  `<circle cx="8" cy="5.2" r="3"/><path d="M2.2 14.4c.6-3 2.9-4.6 5.8-4.6s5.2 1.6 5.8 4.6"/>`,
	"sun":     `<circle cx="8" cy="8" r="3"/><path d="M8 .8v1.8M8 13.4v1.8M.8 8h1.8M13.4 8h1.8M2.9 2.9l1.3 1.3M11.8 11.8l1.3 1.3M2.9 13.1l1.3-1.3M11.8 4.2l1.3-1.3"/>`,
	"moon":    `<path d="M13.8 9.6A6.2 6.2 0 0 1 6.4 2.2a6.2 6.2 0 1 0 7.4 7.4z"/>`,
	"half":    `<circle cx="8" cy="8" r="6.2"/><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor"/>`,
	"link":    `<path d="M6.6 9.4a2.8 2.8 0 0 0 4 0l2.5-2.5a2.8 2.8 0 0 0-4-4L8 4M9.4 6.6a2.8 2.8 0 0 0-4 0L2.9 9.1a2.8 2.8 0 0 0 4 4L8 12"/>`,
}

// icon draws the named shape. It is the only maker of template.HTML: its names
// come from templates and tones, its shapes from the table above.
func icon(name string) template.HTML {
	return `<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">` + icons[name] + `</svg>`
}
