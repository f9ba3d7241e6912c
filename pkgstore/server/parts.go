// SPDX-License-Identifier: Apache-2.0

package server

import (
	"cmp"
	"slices"
)

// maxParts is how many parts of a download are told apart.
const maxParts = 128

// parts are the bytes of a file that went out, as [from, to): in order, and
// neither overlapping nor touching.
type parts [][2]int64

// add gives the parts with [from, to) among them. Of more than maxParts, the
// two that are closest count as one with what lies between: a download in
// thousands of pieces may be done too early, never too late, and what is done
// can still be resumed.
func (p parts) add(from, to int64) parts {
	if from >= to {
		return p
	}
	out := parts{}
	for _, x := range p {
		if x[1] < from || to < x[0] {
			out = append(out, x)
			continue
		}
		from, to = min(from, x[0]), max(to, x[1])
	}
	out = append(out, [2]int64{from, to})
	slices.SortFunc(out, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	if len(out) > maxParts {
		out = out.joined()
	}
	return out
}

// joined makes one of the two parts that are closest. There are two.
func (p parts) joined() parts {
	gap := func(i int) int64 { return p[i][0] - p[i-1][1] }
	at := 1
	for i := 2; i < len(p); i++ {
		if gap(i) < gap(at) {
			at = i
		}
	}
	p[at-1][1] = p[at][1]
	return slices.Delete(p, at, at+1)
}

// bytes is how many there are.
func (p parts) bytes() (n int64) {
	for _, x := range p {
		n += x[1] - x[0]
	}
	return n
}
