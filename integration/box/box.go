// SPDX-License-Identifier: Apache-2.0

package box

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/bootimg"
	"understudy/hwprofiles"
	"understudy/integration/vm"
)

// Base is the version of the Base software that tests boot.
const Base = "3.3.2"

// leastMemory is what has to suffice, in MiB. Tests run with it, so that what
// needs more is seen.
const leastMemory = 512

// Box is an appliance that was powered on.
type Box struct {
	*vm.Machine
}

// Start powers an appliance on and waits until it says that it is healthy. The
// spec need not name image, profile (va-small), memory (the least that has to
// suffice) and processors (one). The test ends the box.
func Start(t testing.TB, spec vm.Spec) *Box {
	t.Helper()
	b := PowerOn(t, spec)
	b.Up(t)
	return b
}

// PowerOn is Start without the wait.
func PowerOn(t testing.TB, spec vm.Spec) *Box {
	t.Helper()
	if spec.Artifacts.Raw == "" {
		spec.Artifacts = Image(t, Base)
	}
	if spec.Profile.Name == "" {
		spec.Profile = Profile(t, "va-small")
	}
	if spec.MemMiB == 0 {
		spec.MemMiB = leastMemory
	}
	if spec.CPUs == 0 {
		// Machines that run at once share the host's processors: with two
		// emulated ones each, they take a third longer.
		spec.CPUs = 1
	}
	b := &Box{vm.StartT(t, spec)}
	b.stir(t)
	return b
}

// stir gives a kernel that QEMU started itself another start if it does not come
// to its first program: emulated processors have been seen to hang while it
// unpacks itself, before any of our programs runs.
func (b *Box) stir(t testing.TB) {
	t.Helper()
	if b.Spec().Firmware != vm.Direct {
		return
	}
	ctx := b.Within(t, 20*time.Second)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !strings.Contains(b.Console.Text(), "understudy: supervise") {
		select {
		case <-look.C:
		case <-b.Ended():
			return
		case <-ctx.Done():
			t.Log("THE EMULATED KERNEL HANGS before its first program: the machine is reset, once")
			if err := b.Reset(b.Within(t, answer)); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}

// Image is that of a version of the Base software, for a spec.
func Image(t testing.TB, version string) bootimg.Artifacts {
	t.Helper()
	image, err := vm.BuildImage(t.Context(), version, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// Profile is the named hardware profile.
func Profile(t testing.TB, name string) hwprofiles.Profile {
	t.Helper()
	p, err := hwprofiles.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Up waits until the appliance says that it is healthy, by its own check: it
// listens, and what it serves answers.
func (b *Box) Up(t testing.TB) {
	t.Helper()
	b.Expect(t, `^understudy: healthy`)
}

// Again powers the same box on once more, with the disks it has, and waits
// until it is healthy. It must be off, or its power cut.
func (b *Box) Again(t testing.TB) *Box {
	t.Helper()
	spec := b.Spec()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return Start(t, spec)
}

// At is the URL of the box's pages at another of its addresses.
func (b *Box) At(t testing.TB, addr string) string {
	t.Helper()
	port, err := b.Forward(b.Within(t, answer), vm.Forward{Guest: 443, GuestAddr: addr})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("https://127.0.0.1:%d", port)
}

// SaysNothingWrong fails the test if a program of the box has ended by an error
// or failed to answer, and for every line in which the kernel misses a module,
// an algorithm or a code page: there is no modprobe in the image, so whatever
// the kernel asks for must have been loaded before. That a box runs out of time
// may be the fault of a busy host.
func (b *Box) SaysNothingWrong(t testing.TB) {
	t.Helper()
	for line := range strings.Lines(b.Console.Text()) {
		wrong := []string{`msg="based stops"`, `msg="sited stops"`, `msg="a request failed"`}
		if strings.HasPrefix(line, "[") {
			wrong = []string{"not found", "Cannot load", "Call Trace", "Kernel panic", "Unknown symbol"}
		}
		if strings.Contains(line, "deadline exceeded") {
			continue
		}
		for _, bad := range wrong {
			if strings.Contains(line, bad) {
				t.Errorf("the console says: %s", strings.TrimSpace(line))
			}
		}
	}
}

// Until asks again and again for what the box does by itself in its own time,
// at most some minutes on an emulated one.
func (b *Box) Until(t testing.TB, what string, ready func() bool) {
	t.Helper()
	ctx := b.Within(t, time.Minute)
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for !ready() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		}
	}
}

// answer is how long a box may take for one answer, before scaling: hashing a
// password is the slowest that it does.
const answer = 20 * time.Second
