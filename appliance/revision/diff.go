// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"encoding/json"
	"strings"
)

// maxCells bounds the table of a diff to 8 MiB. Longer documents, which no
// page makes, show their changed part as removed and added whole.
const maxCells = 2 << 20

// Line is a line of a diff.
type Line struct {
	Op   byte // ' ' in both, '-' only before, '+' only after
	Text string
}

// Diff compares the documents before and after r line by line, as JSON with
// two spaces of indentation. It is as short as it can be. The first document
// of an area is added as a whole.
func Diff(r Revision) []Line {
	return diff(lines(r.Before), lines(r.After))
}

func lines(doc json.RawMessage) []string {
	if len(doc) == 0 || string(doc) == string(null) {
		return nil
	}
	value, err := decode(doc)
	if err != nil {
		return strings.Split(string(doc), "\n")
	}
	text, err := encode(value, "  ")
	if err != nil {
		return strings.Split(string(doc), "\n")
	}
	return strings.Split(string(text), "\n")
}

func diff(a, b []string) []Line {
	var head, tail []Line
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, Line{' ', a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, Line{' ', a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	all := append(head, changed(a, b)...)
	for i := range tail {
		all = append(all, tail[len(tail)-1-i])
	}
	return all
}

// changed compares the part between the common beginning and end by the
// longest common subsequence.
func changed(a, b []string) []Line {
	var all []Line
	i, j := 0, 0
	if len(a)*len(b) <= maxCells {
		for common := newTable(a, b); i < len(a) && j < len(b); {
			switch {
			case a[i] == b[j]:
				all = append(all, Line{' ', a[i]})
				i, j = i+1, j+1
			case common.at(i+1, j) >= common.at(i, j+1):
				all = append(all, Line{'-', a[i]})
				i++
			default:
				all = append(all, Line{'+', b[j]})
				j++
			}
		}
	}
	for ; i < len(a); i++ {
		all = append(all, Line{'-', a[i]})
	}
	for ; j < len(b); j++ {
		all = append(all, Line{'+', b[j]})
	}
	return all
}

// table holds for each i and j how many lines a[i:] and b[j:] have in common
// at most.
type table struct {
	width int
	cells []int32
}

func newTable(a, b []string) table {
	t := table{width: len(b) + 1, cells: make([]int32, (len(a)+1)*(len(b)+1))}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			n := max(t.at(i+1, j), t.at(i, j+1))
			if a[i] == b[j] {
				n = t.at(i+1, j+1) + 1
			}
			t.cells[i*t.width+j] = n
		}
	}
	return t
}

func (t table) at(i, j int) int32 { return t.cells[i*t.width+j] }
