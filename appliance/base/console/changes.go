// SPDX-License-Identifier: Apache-2.0

package console

import "time"

// prefix starts every line on the serial port, so that they can be told from
// the kernel's.
const prefix = "status: "

// Changes lists, a line each, what after has that before had not or had
// otherwise. From the zero State it lists everything. The time alone is no
// change.
func Changes(before, after State) []string {
	var lines []string
	say := func(label, text string) { lines = append(lines, prefix+label+": "+clean(text)) }
	one := func(label, was, is string) {
		switch {
		case was == is:
		case is == "":
			say(label, "none")
		default:
			say(label, is)
		}
	}
	many := func(label string, was, is []string) {
		for _, text := range minus(is, was) {
			say(label, text)
		}
		for _, text := range minus(was, is) {
			say(label+" gone", text)
		}
	}
	one("product", join(before.Product, before.Version), join(after.Product, after.Version))
	one("model", join(before.Model, before.Serial), join(after.Model, after.Serial))
	one("host name", before.Hostname, after.Hostname)
	many("address", before.Addresses, after.Addresses)
	one("pages", before.URL, after.URL)
	one("certificate SHA-256", before.Fingerprint, after.Fingerprint)
	one("stored state cannot be used", before.StateLost, after.StateLost)
	one("what to do", before.StateAdvice, after.StateAdvice)
	many("seed not applied", before.SeedProblems, after.SeedProblems)
	many("health", texts(before.Warnings), texts(after.Warnings))
	if len(before.Warnings) > 0 && len(after.Warnings) == 0 {
		say("health", "OK")
	}
	for _, e := range newEvents(before.Events, after.Events) {
		say("event", e.At.UTC().Format(time.RFC3339)+" "+e.Text)
	}
	return lines
}

// newEvents are the events of is that are not in was, oldest first as a log
// has them.
func newEvents(was, is []Event) []Event {
	known := make(map[Event]bool, len(was))
	for _, e := range was {
		known[e] = true
	}
	var fresh []Event
	for i := len(is) - 1; i >= 0; i-- {
		if !known[is[i]] {
			fresh = append(fresh, is[i])
		}
	}
	return fresh
}

func texts(warnings []Warning) []string {
	var out []string
	for _, w := range warnings {
		out = append(out, w.String())
	}
	return out
}

// minus is what of a is not in b, in a's order.
func minus(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, s := range b {
		in[s] = true
	}
	var out []string
	for _, s := range a {
		if !in[s] {
			out = append(out, s)
		}
	}
	return out
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + " " + b
}
