// SPDX-License-Identifier: Apache-2.0

package account

import "time"

// Policy is how strict the accounts are.
type Policy struct {
	MinLength   int           // of a password, in characters
	FailedLimit int           // wrong passwords until an account is locked
	Lockout     time.Duration // how long it is locked
	Idle        time.Duration // a session ends after this long without a request
	Absolute    time.Duration // a session ends this long after its sign-in
	Reauth      time.Duration // how long a repeated password counts
	Argon2      Argon2        // what new hashes are made with
	Concurrent  int           // passwords hashed at once; each costs Argon2.MemoryKiB
}

// Argon2 are the parameters of argon2id. The hardware profile gives them.
type Argon2 struct {
	Time      uint32 // passes
	MemoryKiB uint32
	Threads   uint8
}

// DefaultPolicy suits the smallest box.
func DefaultPolicy() Policy {
	return Policy{
		MinLength:   8,
		FailedLimit: 5,
		Lockout:     30 * time.Minute,
		Idle:        30 * time.Minute,
		Absolute:    12 * time.Hour,
		Reauth:      10 * time.Minute,
		Argon2:      Argon2{Time: 2, MemoryKiB: 19456, Threads: 1},
		Concurrent:  2,
	}
}
