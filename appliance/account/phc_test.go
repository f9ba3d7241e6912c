// SPDX-License-Identifier: Apache-2.0

package account

import (
	"strings"
	"testing"
)

func TestAHashComesBack(t *testing.T) {
	s, err := HashPassword(DefaultPolicy().Argon2, good)
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(s, want) {
		t.Errorf("%s does not begin with %s", s, want)
	}
	p, err := parsePHC(s)
	if err != nil || p.String() != s {
		t.Fatalf("%s came back as %s, %v", s, p, err)
	}
	if !p.matches(good) || p.matches(good+" ") || p.matches("") {
		t.Error("the hash matches the wrong passwords")
	}
	if other, _ := HashPassword(quick, good); other == s {
		t.Error("two hashes of one password are the same")
	}
}

// A vector of the reference implementation: password "password", salt
// "somesalt", 2 passes, 64 MiB, 1 thread, 32 bytes.
func TestTheHashIsTheStandardOne(t *testing.T) {
	p, err := parsePHC("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	if err != nil {
		t.Fatal(err)
	}
	if !p.matches("password") || p.matches("Password") {
		t.Error("it does not match")
	}
}

func TestBadHashesAreRefused(t *testing.T) {
	const salt, hash = "c29tZXNhbHRzYWx0", "c29tZWhhc2hzb21laGFzaA"
	fine := "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + hash
	if _, err := parsePHC(fine); err != nil {
		t.Fatalf("a fine one: %v", err)
	}
	for name, s := range map[string]string{
		"empty":             "",
		"plain":             "password",
		"another algorithm": strings.Replace(fine, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(fine, "v=19", "v=16", 1),
		"no version":        strings.Replace(fine, "v=19$", "", 1),
		"one part more":     fine + "$",
		"leading text":      "x" + fine,
		"trailing newline":  fine + "\n",
		"other order":       strings.Replace(fine, "m=64,t=1,p=1", "t=1,m=64,p=1", 1),
		"a parameter more":  strings.Replace(fine, "p=1", "p=1,k=2", 1),
		"a plus sign":       strings.Replace(fine, "t=1", "t=+1", 1),
		"a leading zero":    strings.Replace(fine, "t=1", "t=01", 1),
		"no passes":         strings.Replace(fine, "t=1", "t=0", 1),
		"years of passes":   strings.Replace(fine, "t=1", "t=4000000", 1),
		"all the memory":    strings.Replace(fine, "m=64", "m=4194304", 1),
		"too little memory": strings.Replace(fine, "m=64", "m=7", 1),
		"no threads":        strings.Replace(fine, "p=1", "p=0", 1),
		"257 threads":       strings.Replace(fine, "p=1", "p=257", 1),
		"a padded salt":     strings.Replace(fine, salt, salt+"==", 1),
		"a short salt":      strings.Replace(fine, salt, "c29t", 1),
		"a short hash":      strings.Replace(fine, hash, "c29t", 1),
		"a long hash":       strings.Replace(fine, hash, strings.Repeat("c29t", 30), 1),
		"stray bits":        strings.Replace(fine, hash, hash[:len(hash)-1]+"B", 1),
		"a line break":      strings.Replace(fine, hash, hash[:4]+"\n"+hash[4:], 1),
	} {
		if p, err := parsePHC(s); err == nil {
			t.Errorf("%s: accepted as %s", name, p)
		}
	}
	if _, err := HashPassword(Argon2{}, good); err == nil {
		t.Error("hashed without parameters")
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, salt, hash, err := ParsePHC(s)
		if err != nil {
			return
		}
		if again := (phc{p, salt, hash}).String(); again != s {
			t.Errorf("%q came back as %q", s, again)
		}
		if p.check() != nil {
			t.Errorf("accepted %+v", p)
		}
	})
}
