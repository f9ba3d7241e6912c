// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

func TestClipText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":               "plain",
		"two\nlines\ttab":     "two lines tab",
		"\x1b[2Jgone\x00\x7f": "[2Jgone",
		"bad \xff\xfe utf":    "bad  utf",
		"grün":                "grün",
	} {
		if got := clipText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := []rune(clipText(strings.Repeat("ü", 10000))); len(got) != 500 {
		t.Errorf("a long line has %d characters", len(got))
	}
}

// TestConsoleIsHeardEverywhere reads what is said on the serial line, in the
// kernel's log and on the screen.
func TestConsoleIsHeardEverywhere(t *testing.T) {
	serial, err := os.Create(filepath.Join(t.TempDir(), "serial"))
	if err != nil {
		t.Fatal(err)
	}
	defer serial.Close()
	var log bytes.Buffer
	screen := &closer{}
	c := &console{serial: serial, log: &log, screen: screen}
	c.say("seed from %s: %s", "fw_cfg", "\x1b[31mbad\n")
	c.leaveScreen()
	c.say("state ready")
	b, err := os.ReadFile(serial.Name())
	if err != nil || string(b) != "understudy: seed from fw_cfg: [31mbad \nunderstudy: state ready\n" {
		t.Errorf("serial: %q, %v", b, err)
	}
	if log.String() != "<6>understudy: seed from fw_cfg: [31mbad \n<6>understudy: state ready\n" {
		t.Errorf("log: %q", log.String())
	}
	if screen.String() != "understudy: seed from fw_cfg: [31mbad \r\n" || !screen.closed {
		t.Errorf("screen: %q, closed %v", screen.String(), screen.closed)
	}
}

type closer struct {
	bytes.Buffer
	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

func TestFirmware(t *testing.T) {
	for _, c := range []struct {
		efi     bool
		cmdline string
		want    string
	}{
		{true, "console=tty0", "uefi"},
		{true, "BOOT_IMAGE=/vmlinuz", "uefi"},
		{false, "BOOT_IMAGE=/slot-a/vmlinuz console=tty0", "bios"},
		{false, "console=tty0 panic=10", "direct"},
	} {
		if got := firmware(c.efi, c.cmdline); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestKnobs(t *testing.T) {
	proc := t.TempDir()
	if err := setKnobs(proc, time.Second, 7); err == nil || !strings.Contains(err.Error(), "kernel/panic_on_oops") {
		t.Errorf("a kernel without knobs: %v", err)
	}
	for _, name := range []string{"panic", "cad_pid"} {
		writeFile(t, filepath.Join(proc, "sys/kernel", name), "")
	}
	setKnobs(proc, 100*time.Millisecond, 7) // the others are still missing
	for name, want := range map[string]string{"panic": "1", "cad_pid": "7"} {
		if b, err := os.ReadFile(filepath.Join(proc, "sys/kernel", name)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v: want %s", name, b, err, want)
		}
	}
}

func TestWriteTemplate(t *testing.T) {
	dir := t.TempDir()
	const zerosAt, zerosEnd = 40 * templateBlock, 700 * templateBlock
	plain := bytes.Repeat([]byte("file system \x00\x00\x00"), 300_000)
	clear(plain[zerosAt:zerosEnd])
	noise := bytes.Repeat([]byte("noise"), 2_000_000)
	template, device := filepath.Join(dir, "state.zst"), filepath.Join(dir, "device")
	packed, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, template, string(packed.EncodeAll(plain, nil)))
	writeFile(t, device, string(noise))
	if err := writeTemplate(context.Background(), template, device); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(device)
	want := slices.Concat(plain[:zerosAt], noise[zerosAt:zerosEnd], plain[zerosEnd:], noise[len(plain):])
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the device does not hold the template, with what was there before where that has zeros: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := writeTemplate(ctx, template, device); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	writeFile(t, template, "no template")
	if err := writeTemplate(context.Background(), template, device); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("damaged template: %v", err)
	}
}

func TestSentence(t *testing.T) {
	for want, err := range map[string]error{
		"No disk; no table.": errors.Join(errors.New("no disk"), errors.New("no table")),
		"Lost: it is gone.":  errors.New("lost: it is gone."),
	} {
		if got := sentence(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
