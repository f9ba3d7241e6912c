// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"strings"
)

// Console lines of the appliance that mean something to a person who waits.
var (
	ours       = regexp.MustCompile(`^(understudy|status): `)
	supervises = regexp.MustCompile(`^understudy: supervise (\S+)`)
	firstBoot  = regexp.MustCompile(`^understudy: first-boot (\S+) (start|done)`)
	healthy    = regexp.MustCompile(`^understudy: healthy`)
	listening  = regexp.MustCompile(`^understudy: listening on 443`)
)

// narrate puts a console line into words for a person; empty if it is of no
// interest.
func narrate(line string) string {
	switch m := firstBoot.FindStringSubmatch(line); {
	case supervises.MatchString(line):
		return "Base software " + supervises.FindStringSubmatch(line)[1] + " is starting."
	case m != nil && m[2] == "done":
		return "First boot: " + m[1] + " done."
	case m != nil, listening.MatchString(line), healthy.MatchString(line):
		return ""
	}
	if text, ok := strings.CutPrefix(line, "understudy: "); ok {
		return "Appliance: " + text
	}
	if text, ok := strings.CutPrefix(line, "status: health: "); ok {
		return "Health: " + text
	}
	if text, ok := strings.CutPrefix(line, "status: seed not applied: "); ok {
		return "Seed not applied: " + text
	}
	return ""
}
