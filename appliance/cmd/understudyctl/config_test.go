// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// with returns an app whose environment is env.
func with(env map[string]string) *app {
	return newApp(strings.NewReader(""), io.Discard, io.Discard, func(name string) string { return env[name] })
}

func TestConfigIsForItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	a := with(map[string]string{"HOME": dir})
	c := config{Current: "https://box", Boxes: map[string]box{"https://box": {Username: "kim", Secret: "s"}}}
	if err := a.saveConfig(c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, ".config", "understudy", "config.json")
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	back, err := a.loadConfig()
	if err != nil || back.Current != c.Current || back.Boxes["https://box"] != c.Boxes["https://box"] {
		t.Errorf("read back %+v, %v", back, err)
	}
}

// TestTarget: a flag wins over the environment, the environment over a saved
// sign-in, and a secret goes to the box that it is for.
func TestTarget(t *testing.T) {
	dir := t.TempDir()
	saved := with(map[string]string{"XDG_CONFIG_HOME": dir})
	err := saved.saveConfig(config{Current: "https://one", Boxes: map[string]box{
		"https://one": {Fingerprint: "f1", Secret: "s1"}, "https://two": {Fingerprint: "f2", Secret: "s2"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, flag string
		env        map[string]string
		want       target
		code       int
	}{
		{"saved", "", nil, target{url: "https://one", fingerprint: "f1", secret: "s1"}, exitOK},
		{"flag", "https://two/login", map[string]string{"UNDERSTUDY_URL": "https://one"}, target{url: "https://two", fingerprint: "f2", secret: "s2"}, exitOK},
		{"environment", "", map[string]string{"UNDERSTUDY_URL": "two"}, target{url: "https://two", fingerprint: "f2", secret: "s2"}, exitOK},
		{"token", "", map[string]string{"UNDERSTUDY_URL": "https://three", "UNDERSTUDY_TOKEN": "t", "UNDERSTUDY_FINGERPRINT": "f3"},
			target{url: "https://three", fingerprint: "f3", secret: "t", token: true}, exitOK},
		{"a box nobody signed in to", "https://three", nil, target{url: "https://three"}, exitRefused},
		{"no URL", "ftp://one", nil, target{}, exitUsage},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := map[string]string{"XDG_CONFIG_HOME": dir}
			for k, v := range row.env {
				env[k] = v
			}
			a := with(env)
			a.url = row.flag
			got, err := a.target()
			if err != nil && exitCode(err, true) != row.code || err == nil && (row.code != exitOK || got != row.want) {
				t.Errorf("got %+v, %v; want %+v, exit code %d", got, err, row.want, row.code)
			}
		})
	}
}
