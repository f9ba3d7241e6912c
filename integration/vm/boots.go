// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Boot is one power-on of a machine, as build/boots.jsonl keeps it.
type Boot struct {
	File     string    `json:"file"`           // of the test or program, from the root of the tree
	Test     string    `json:"test,omitempty"` // its name
	Machine  string    `json:"machine"`
	Firmware Firmware  `json:"firmware"`
	Profile  string    `json:"profile,omitempty"`
	Accel    string    `json:"accel"`
	Start    time.Time `json:"start"`
	Seconds  float64   `json:"seconds"` // until it was closed
	Resets   int       `json:"resets"`  // further boots in the same power-on
}

// caller is who powered a machine on: file from the root of the tree, test if
// it is one.
type caller struct{ file, test string }

// findCaller looks up the stack for the outermost test file, else for the
// outermost file of ours.
func findCaller() (name string) {
	build, err := BuildDir()
	if err != nil {
		return ""
	}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		// Names begin with the module's under -trimpath, with the root's path else.
		file, ours := strings.CutPrefix(f.File, "understudy/")
		if !ours {
			file, ours = strings.CutPrefix(f.File, filepath.Dir(build)+"/")
		}
		if ours && (isTest(file) || !isTest(name)) {
			name = file
		}
	}
	return name
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }

func bootsPath() (string, error) {
	build, err := BuildDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(build, "boots.jsonl"), nil
}

// recordBoot appends the boot. One write of one line, so that processes do not
// mix theirs.
func recordBoot(m *Machine) error {
	path, err := bootsPath()
	if err != nil {
		return err
	}
	line, err := json.Marshal(Boot{
		File: m.spec.file, Test: m.spec.test, Machine: m.spec.Name, Firmware: m.spec.Firmware,
		Profile: m.spec.Profile.Name, Accel: m.accel.Name,
		Start: m.started.UTC(), Seconds: m.Since().Seconds(), Resets: m.Resets(),
	})
	if err != nil {
		return fmt.Errorf("record a boot: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("record a boot: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("record a boot: %w", err)
	}
	return nil
}

// Boots reads every boot that was recorded, oldest first.
func Boots() ([]Boot, error) {
	path, err := bootsPath()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the boots: %w", err)
	}
	var all []Boot
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // another process writes it just now
		}
		var b Boot
		if err := json.Unmarshal(line, &b); err != nil {
			return nil, fmt.Errorf("read the boots: line %d of %s: %w", len(all)+1, path, err)
		}
		all = append(all, b)
	}
	return all, nil
}
