// SPDX-License-Identifier: Apache-2.0

package ui

import "strings"

// browsers are told apart by a word of their User-Agent; the first that
// matches counts, since most claim to be the later ones too.
var browsers = []struct{ word, name string }{
	{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Safari/", "Safari"},
}

var systems = []struct{ word, name string }{
	{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
}

// Agent makes a User-Agent readable: "Firefox on Linux". What is not known is
// shown as it was sent, cut short.
func Agent(header string) string {
	name, system := "", ""
	for _, b := range browsers {
		if strings.Contains(header, b.word) {
			name = b.name
			break
		}
	}
	for _, s := range systems {
		if strings.Contains(header, s.word) {
			system = s.name
			break
		}
	}
	switch {
	case name != "" && system != "":
		return name + " on " + system
	case name != "":
		return name
	case header == "":
		return "unnamed program"
	}
	if cut := []rune(header); len(cut) > 40 {
		return string(cut[:40]) + "…"
	}
	return header
}
