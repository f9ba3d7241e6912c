// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/health"
	"understudy/hwprofiles"
)

type machine hwprofiles.Size

func (m machine) Size() hwprofiles.Size { return hwprofiles.Size(m) }

func TestAdviceNamesWhatIsShort(t *testing.T) {
	profile, err := hwprofiles.ByName("va-medium")
	if err != nil {
		t.Fatal(err)
	}
	enough := machine(profile.Recommended)
	for _, row := range []struct {
		name string
		has  machine
		want string // code, empty for no warning
	}{
		{"as recommended", enough, ""},
		{"more", machine{64, 1 << 20, 1 << 20}, ""},
		{"few processors", machine{enough.CPUs - 1, enough.MemoryMiB, enough.DiskGiB}, CodeCPU},
		{"one processor", machine{1, enough.MemoryMiB, enough.DiskGiB}, CodeCPU},
		{"little memory", machine{enough.CPUs, enough.MemoryMiB - 64, enough.DiskGiB}, CodeMemory},
		{"small disk", machine{enough.CPUs, enough.MemoryMiB, enough.DiskGiB - 1}, CodeDisk},
		{"a machine that does not tell", machine{}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := New(Config{Profile: profile, Machine: row.has})
			var got []string
			for _, check := range s.Advice() {
				if w := check.Run(t.Context()); w != nil {
					got = append(got, w.Code)
					if strings.Contains(w.Text, " 1 processors") || !strings.Contains(w.Text, profile.Model) || w.Fix == "" {
						t.Errorf("warning %q, fix %q: neither model nor way out, or bad grammar", w.Text, w.Fix)
					}
				}
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("warnings %v, want %q", got, row.want)
			}
		})
	}
}

func TestSpace(t *testing.T) {
	for _, row := range []struct {
		free uint64
		want string
	}{{100, ""}, {15, ""}, {14, "Warning"}, {5, "Warning"}, {4, "Critical"}, {0, "Critical"}} {
		got := ""
		if w := space(row.free, 100); w != nil {
			got = w.Severity.String()
		}
		if !strings.EqualFold(got, row.want) {
			t.Errorf("%d %% free: %q, want %q", row.free, got, row.want)
		}
	}
	if w := Space(t.TempDir()).Run(t.Context()); w != nil && w.Severity == health.Critical && strings.Contains(w.Text, "read") {
		t.Errorf("a directory that exists: %s", w.Text)
	}
	if w := Space("/does/not/exist").Run(t.Context()); w == nil {
		t.Error("a directory that does not exist gives no warning")
	}
}

func TestLocalReadsSys(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		"sys/firmware/memmap/0/start": "0x0\n",
		"sys/firmware/memmap/0/end":   "0x9fbff\n",
		"sys/firmware/memmap/0/type":  "System RAM\n",
		"sys/firmware/memmap/1/start": "0x9fc00\n",
		"sys/firmware/memmap/1/end":   "0xffffffffff\n",
		"sys/firmware/memmap/1/type":  "Reserved\n",
		"sys/firmware/memmap/2/start": "0x100000\n",
		"sys/firmware/memmap/2/end":   "0xbffdffff\n",
		"sys/firmware/memmap/2/type":  "System RAM\n",
		"sys/firmware/memmap/3/start": "0x100000000\n",
		"sys/firmware/memmap/3/end":   "0x13fffffff\n",
		"sys/firmware/memmap/3/type":  "System RAM\n",
		"sys/block/sda/size":          "293601280\n", // 140 GiB
		"sys/block/sda/device":        "",
		"sys/block/loop0/size":        "999999999999\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := Local(root).Size()
	if got.MemoryMiB != 4096 || got.DiskGiB != 140 || got.CPUs < 1 {
		t.Errorf("size %+v, want 4096 MiB of memory and 140 GiB of disk", got)
	}
	if got := Local(t.TempDir()).Size(); got.MemoryMiB != 0 || got.DiskGiB != 0 {
		t.Errorf("a machine that tells nothing has %+v", got)
	}
}

func TestUptime(t *testing.T) {
	const uptime = 90 * time.Minute
	clock := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	s := New(Config{Uptime: func() time.Duration { return uptime }, Now: func() time.Time { return clock }})
	for _, correction := range []time.Duration{0, -10 * time.Hour, 50 * 365 * 24 * time.Hour} {
		clock = clock.Add(correction)
		if got := s.Facts(); got.Uptime != uptime || !got.BootedAt.Equal(clock.Add(-uptime)) {
			t.Errorf("the clock corrected by %v: up %v since %v, want %v", correction, got.Uptime, got.BootedAt, uptime)
		}
	}
	local := New(Config{})
	first, second := local.Facts().Uptime, local.Facts().Uptime
	if first <= 0 || second < first {
		t.Errorf("this machine is up %v, then %v", first, second)
	}
}
