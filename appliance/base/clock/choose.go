// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"time"
)

// leastTolerance is how far apart the answers of good servers may be, whatever
// precision they claim.
const leastTolerance = 100 * time.Millisecond

// tolerance is how far apart two answers may be without contradicting each
// other.
func tolerance(a, b time.Duration) time.Duration { return max(a+b, leastTolerance) }

// verdict is what the servers say together.
type verdict struct {
	offset   time.Duration
	server   string // whose offset it is: the one nearest to a reference clock
	stratum  int
	agree    int  // servers of one opinion
	answered int  // servers whose answer can be believed on its own
	settled  bool // most of them agree
}

// choose finds the opinion that most of the believable answers share.
func choose(answers []answer) verdict {
	var good []answer
	for _, a := range answers {
		if a.problem == "" {
			good = append(good, a)
		}
	}
	v := verdict{answered: len(good)}
	for _, centre := range good {
		camp, best := 0, centre
		for _, other := range good {
			if (centre.offset - other.offset).Abs() > tolerance(centre.distance, other.distance) {
				continue
			}
			camp++
			if other.distance < best.distance {
				best = other
			}
		}
		if camp > v.agree {
			v.agree, v.offset, v.server, v.stratum = camp, best.offset, best.server, best.stratum
		}
	}
	v.settled = v.agree*2 > v.answered
	return v
}
