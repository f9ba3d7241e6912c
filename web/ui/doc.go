// SPDX-License-Identifier: Apache-2.0

// Package ui is how every page of Understudy looks: the layout with its two
// rows of tabs, header, banners and task drawer; the components that pages are
// put together from, as templates with a typed view each; and the style sheet,
// scripts and mark that they need, served from memory under names that change
// with their content.
//
// It knows nothing of what a page is about, of sessions or of routes. A page
// is a template of its own room that defines "main"; Renderer puts it into the
// layout. A page that needs a component that is not here adds it here, with
// its states on the gallery.
package ui
