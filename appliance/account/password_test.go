// SPDX-License-Identifier: Apache-2.0

package account

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPasswordRules(t *testing.T) {
	p := DefaultPolicy()
	for name, c := range map[string]struct{ password, says string }{
		"a long one":            {good, ""},
		"eight characters":      {"qzvj wxk", ""},
		"only lower case":       {"kxqvbnwjz", ""},
		"eight umlauts":         {"äöüßäöüß", ""},
		"128 characters":        {strings.Repeat("xyz ", 32), ""},
		"129 characters":        {strings.Repeat("xyz ", 32) + "x", "too long"},
		"a megabyte":            {strings.Repeat("x", 1<<20), "too long"},
		"empty":                 {"", "too short"},
		"seven characters":      {"qzvjwxk", "too short"},
		"four wide characters":  {"密码密码", "too short"},
		"the user name":         {"Grace.Hopper", "user name"},
		"the old one":           {"the old one!", "old one"},
		"password":              {"password", "tried first"},
		"PassWord":              {"PassWord", "tried first"},
		"a common one":          {"qwertyuiop", "tried first"},
		"not readable":          {"abcdefg\xff\xfe", "cannot be read"},
		"the user name twice":   {"grace.hopperGrace.Hopper", "user name"},
		"and more than that":    {"grace.hoppers", ""},
		"twelve spaces":         {"            ", "white space"},
		"other white space":     {"\u00a0\u2003\t\u3000 \u2028\u00a0\u00a0", "white space"},
		"white space is a part": {"  qzvj  ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := p.checkNew(c.password, "grace.hopper", "the old one!")
			var refusal *PolicyError
			if c.says == "" && err != nil || c.says != "" && (!errors.As(err, &refusal) || !strings.Contains(refusal.Sentence, c.says)) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestTheListOfCommonPasswordsCanBeUsed(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(common, "\n"), "\n")
	if len(lines) < 300 || !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
		t.Errorf("%d lines, sorted %v", len(lines), slices.IsSorted(lines))
	}
	for _, l := range lines {
		if l != strings.ToLower(l) || utf8.RuneCountInString(l) < DefaultPolicy().MinLength {
			t.Errorf("%q can never match", l)
		}
	}
}

func TestUserNames(t *testing.T) {
	for in, want := range map[string]string{
		"admin": "admin", "Admin": "admin", "  ada ": "ada", "a": "a", "0": "0",
		"grace.hopper@example.com": "grace.hopper@example.com", "a-b_c": "a-b_c", strings.Repeat("a", 64): strings.Repeat("a", 64),
		"": "", " ": "", ".ada": "", "-x": "", "a b": "", "a\x00": "", "ädä": "", "a/b": "", "a'--": "", "ａｄａ": "", "\u212a": "", "\u017fam": "",
		"system": "", "SYSTEM": "", strings.Repeat("a", 65): "",
	} {
		got, err := normalise(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
}
