// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// config is what a sign-in leaves behind: the boxes, by URL.
type config struct {
	Current string         `json:"current,omitempty"` // URL of the last sign-in
	Boxes   map[string]box `json:"boxes"`
}

// box is one appliance and the session on it.
type box struct {
	Username    string `json:"username"`
	Fingerprint string `json:"fingerprint,omitempty"` // empty: the system's roots vouch for it
	Secret      string `json:"secret,omitempty"`
}

// configPath is where the configuration lies.
func (a *app) configPath() (string, error) {
	dir := a.getenv("XDG_CONFIG_HOME")
	if dir == "" {
		home := a.getenv("HOME")
		if home == "" {
			return "", errors.New("neither XDG_CONFIG_HOME nor HOME is set: there is no place for saved sign-ins")
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "understudy", "config.json"), nil
}

// loadConfig reads the saved sign-ins; none is not an error.
func (a *app) loadConfig() (config, error) {
	c := config{Boxes: map[string]box{}}
	path, err := a.configPath()
	if err != nil {
		return c, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read saved sign-ins: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read saved sign-ins: %s is damaged (%w); remove it and sign in again", path, err)
	}
	if c.Boxes == nil {
		c.Boxes = map[string]box{}
	}
	return c, nil
}

// saveConfig writes the saved sign-ins, readable by their owner only.
func (a *app) saveConfig(c config) error {
	path, err := a.configPath()
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("encode saved sign-ins: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("save the sign-in: %w", err)
	}
	if err := renameio.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("save the sign-in: %w", err)
	}
	return nil
}
