// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"understudy/appliance/store"
)

// domain keeps these hashes apart from any others; it carries the version of
// the encoding.
const domain = "understudy audit event 1"

// genesis is what the first event names as the hash before it.
var genesis = hex.EncodeToString(make([]byte, sha256.Size))

// seal computes the hash of an event: SHA-256 over the domain, the previous
// hash and all fields. Every text is preceded by its length in 8 bytes, big
// endian, and every number takes 8 bytes, so no two events encode alike.
func seal(e Event) string {
	h := sha256.New()
	text := func(s string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	number := func(n int64) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	text(domain)
	text(e.Prev)
	number(e.Seq)
	number(store.Time(e.At))
	for _, s := range []string{e.Name, e.Address, e.Via, e.Action, e.Object, e.Outcome, e.Detail} {
		text(s)
	}
	number(e.Count)
	return hex.EncodeToString(h.Sum(nil))
}

// chain checks events one after the other, from the first of a log on.
type chain struct {
	seq  int64
	head string
}

func newChain() *chain { return &chain{head: genesis} }

// add returns what is wrong with e as the next event, or "".
func (c *chain) add(e Event) string {
	switch {
	case e.Seq != c.seq+1:
		return fmt.Sprintf("after event %d comes event %d: events were removed or moved", c.seq, e.Seq)
	case e.Prev != c.head:
		return fmt.Sprintf("event %d does not follow the event before it: one of them was replaced", e.Seq)
	case e.Hash != seal(e):
		return fmt.Sprintf("event %d was edited", e.Seq)
	}
	c.seq, c.head = e.Seq, e.Hash
	return ""
}

// end compares the chain with the head that was recorded.
func (c *chain) end(seq int64, head string) string {
	switch {
	case c.seq < seq:
		return fmt.Sprintf("the log ends at event %d, but %d were written: it was cut short", c.seq, seq)
	case c.seq != seq || c.head != head:
		return fmt.Sprintf("the log ends at event %d with another hash than the one recorded", c.seq)
	}
	return ""
}

// report says how far the chain came; a reason says that it broke at bad.
func (c *chain) report(bad int64, reason string) Report {
	r := Report{Events: c.seq, OK: reason == "", Reason: reason, Head: c.head}
	if !r.OK {
		r.BadSeq = bad
	}
	return r
}
