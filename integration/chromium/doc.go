// SPDX-License-Identifier: Apache-2.0

// Package chromium drives a real browser, Debian's Chromium without a window:
// tabs with cookies of their own, fields found by their labels, files given to
// forms and saved from links, what the browser complains of, pictures, and the
// accessibility checker axe-core, which is fetched by npm when it is first
// needed and is no part of the product.
//
// What is expected of pages is for packages browser and guide. Somebody without
// scripts and without a window is package person.
package chromium
