// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"strings"
	"testing"
)

const someHash = "45457bcfc86c87585800b5656bdf2773b063a3bb95486b0e820d51e870491f8d"

func TestParseURIs(t *testing.T) {
	out := "'http://deb.example/pool/a_1%3a2.0-1_amd64.deb' a_1%3a2.0-1_amd64.deb 1480 SHA256:" + someHash + "\n" +
		"'http://deb.example/pool/b_6.1_amd64.deb' b_6.1_amd64.deb 70 SHA256:" + someHash + "\n"
	got, err := parseURIs(out, []string{"b", "a"})
	if err != nil || len(got) != 2 || got[0] != (Package{"b", "6.1", someHash}) || got[1] != (Package{"a", "1:2.0-1", someHash}) {
		t.Errorf("%+v, %v", got, err)
	}
	for name, bad := range map[string]string{
		"missing": out[:strings.Index(out, "\n")],
		"md5":     strings.Replace(out, "SHA256:"+someHash, "MD5Sum:00", 1),
		"short":   strings.Replace(out, someHash, someHash[:10], 1),
		"no name": strings.Replace(out, "b_6.1_amd64.deb 70", "b.deb 70", 1),
	} {
		if got, err := parseURIs(bad, []string{"b", "a"}); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWithoutAptTheLastAnswerCounts(t *testing.T) {
	c := cache{dir: t.TempDir(), log: t.Logf}
	first, err := c.resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	again, err := c.resolve(t.Context())
	if err != nil || len(again) != 4 || again[0] != first[0] {
		t.Errorf("%+v, %v", again, err)
	}
	empty := cache{dir: t.TempDir(), log: t.Logf}
	if _, err := empty.resolve(t.Context()); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("without apt and without an answer: %v", err)
	}
}
