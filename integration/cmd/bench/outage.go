// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/bootimg"
	"understudy/hwprofiles"
	"understudy/integration/box"
	"understudy/integration/vm"
	"understudy/pkgstore/pack"
)

// outage measures how long /appliance is away for an update of the Base
// software that works and for one that does not, beside a restart of the bare
// machine, all by UEFI.
func (b *bencher) outage(ctx context.Context) error {
	say("updating the Base software in a machine")
	image, err := vm.BuildImage(ctx, b.report.Base, nil)
	if err != nil {
		return err
	}
	profile, err := hwprofiles.ByName("va-small")
	if err != nil {
		return err
	}
	bareImage, err := makeBare(ctx, image, b.dir)
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "outage")
	bareSeconds, err := b.restart(ctx, b.machine("bare-outage", bareImage, profile, vm.UEFI, dir, filepath.Join(dir, "bare.qcow2")))
	if err != nil {
		return err
	}
	var o outages
	err = errors.New("measure the outage of an update: its set-up failed")
	// The vendor of the updates' own tests wants a test to belong to.
	testing.Benchmark(func(t *testing.B) {
		if o == (outages{}) {
			o, err = b.measureOutages(ctx, t, b.machine("outage", image, profile, vm.UEFI, dir, filepath.Join(dir, "disk.qcow2")))
		}
	})
	if err != nil {
		return err
	}
	good := row{What: "outage of a Base update, beside one bare restart", Unit: "s", Ours: o.good, Bare: bareSeconds}
	good.Ratio = good.Ours / good.Bare
	good.Aim, good.Missed = "≤ bare + 3 s", good.Ours > good.Bare+3
	b.add(good)
	plain := row{What: "outage of a Base update, beside a restart without one", Unit: "s", Ours: o.good, Bare: o.plain}
	plain.Ratio = plain.Ours / plain.Bare
	b.add(plain)
	bad := row{What: "outage of a Base update that panics twice, beside three bare restarts", Unit: "s", Ours: o.bad, Bare: 3 * bareSeconds}
	bad.Ratio = bad.Ours / bad.Bare
	b.add(bad)
	return nil
}

// restart resets the bare machine some times and gives how long its page is
// away for it, the median.
func (b *bencher) restart(ctx context.Context, spec vm.Spec) (float64, error) {
	m, _, err := b.start(ctx, spec, bareReady, "/")
	if err != nil {
		return 0, err
	}
	defer m.Close()
	var all []float64
	for i := range max(b.runs, 3) {
		if err := m.Reset(ctx); err != nil {
			return 0, err
		}
		seconds, err := away(ctx, m, m.Resets()-1)
		if err != nil {
			return 0, err
		}
		all = append(all, seconds)
		say("restart %d of %s: %.1f s", i+1, spec.Name, seconds)
	}
	return median(all), nil
}

// outages are the seconds between the last answer before a restart and the
// first one after it.
type outages struct{ plain, good, bad float64 }

// measureOutages restarts the appliance, installs 4.2.1, and then a version that
// panics both times that it is started.
func (b *bencher) measureOutages(ctx context.Context, t *testing.B, spec vm.Spec) (o outages, err error) {
	vendor := updatestest.NewVendor(t)
	file, err := updateFile(ctx, vendor, "4.2.1")
	if err != nil {
		return o, err
	}
	panics, err := os.ReadFile(box.BadBaseFile(t, vendor, "5.1.0", box.Panics))
	if err != nil {
		return o, fmt.Errorf("measure the outage of an update: %w", err)
	}
	seed := layout.Seed{Update: layout.SeedUpdate{TrustRoot: string(vendor.Root())}, Test: layout.SeedTest{PanicDelay: "1s"}}
	spec.Seed = seed.Encode()
	m, _, err := b.start(ctx, spec, oursReady, "/appliance")
	if err != nil {
		return o, err
	}
	defer m.Close()
	c, err := signIn(ctx, m)
	if err != nil {
		return o, err
	}
	defer c.Close()
	o.plain, err = outageOf(ctx, m, c, "done", func() (applianceapi.Task, error) {
		return c.Reboot(ctx, applianceapi.PowerRequest{Reason: "measuring"})
	})
	if err != nil {
		return o, err
	}
	if o.good, err = outageOf(ctx, m, c, "done", install(ctx, c, file)); err != nil {
		return o, err
	}
	o.bad, err = outageOf(ctx, m, c, "failed", install(ctx, c, panics))
	return o, err
}

// install gives what uploads and installs an update file.
func install(ctx context.Context, c *applianceapi.Client, file []byte) func() (applianceapi.Task, error) {
	return func() (applianceapi.Task, error) {
		p, err := c.Upload(ctx, bytes.NewReader(file), false)
		if err != nil {
			return applianceapi.Task{}, err
		}
		return c.Install(ctx, p.ID, applianceapi.Install{})
	}
}

// outageOf begins a task that restarts the machine and gives how long the pages
// are away for it. The task has to end in a state, so that nothing else is
// measured.
func outageOf(ctx context.Context, m *vm.Machine, c *applianceapi.Client, state string, begin func() (applianceapi.Task, error)) (seconds float64, err error) {
	if _, err := c.Reauthenticate(ctx, box.Password); err != nil {
		return 0, err
	}
	resets := m.Resets()
	t, err := begin()
	if err != nil {
		return 0, err
	}
	seconds, err = away(ctx, m, resets)
	c.Close() // its connections are of before
	if err != nil {
		return 0, err
	}
	err = c.FollowTask(ctx, t.ID, 0, func(e applianceapi.TaskEvent) error {
		if e.Task != nil {
			t = *e.Task
		}
		return nil
	})
	if err == nil && t.State != state {
		err = fmt.Errorf("%s has ended as %q, not %q: %s", t.Title, t.State, state, t.Error)
	}
	return seconds, err
}

// updateFile is an update file of the vendor's that brings a Base version.
func updateFile(ctx context.Context, vendor *updatestest.Vendor, version string) ([]byte, error) {
	image, err := vm.BuildImage(ctx, version, nil)
	if err != nil {
		return nil, err
	}
	manifest, err := bootimg.ReadManifest(image.Manifest)
	if err != nil {
		return nil, err
	}
	uki, err := pack.File(image.UKI)
	if err != nil {
		return nil, fmt.Errorf("make an update file: %w", err)
	}
	var out bytes.Buffer
	vendor.Base(&out, manifest.Release, uki)
	return out.Bytes(), nil
}

// signIn is a client that has made the change of the first password.
func signIn(ctx context.Context, m *vm.Machine) (*applianceapi.Client, error) {
	fingerprint, _, err := applianceapi.Presented(ctx, m.URL(443))
	if err != nil {
		return nil, err
	}
	stranger, err := applianceapi.New(applianceapi.Options{URL: m.URL(443), Fingerprint: fingerprint, Agent: "bench", Timeout: m.Scale(startLimit)})
	if err != nil {
		return nil, err
	}
	c, _, err := stranger.SignIn(ctx, applianceapi.Credentials{Username: box.Admin, Password: box.FirstPassword})
	if err != nil {
		return nil, err
	}
	if err := c.ChangePassword(ctx, applianceapi.PasswordChange{Old: box.FirstPassword, New: box.Password}); err != nil {
		return nil, err
	}
	return c, nil
}

// away asks for a page four times a second, until it was away and is back, and
// gives the seconds between the last answer before and the first one after.
// resets is how often the machine was reset before.
func away(ctx context.Context, m *vm.Machine, resets int) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, m.Scale(4*startLimit))
	defer cancel()
	// QEMU's network tries a connection that nobody takes again after seconds
	// only: each question is one of its own, and none waits for another. Those
	// that wait meet the machine all at once: more of them would measure that.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: m.Client().Transport.(*http.Transport).TLSClientConfig, DisableKeepAlives: true}, Timeout: 5 * time.Second}
	type answer struct {
		at     time.Time
		resets int // of the machine, when it was asked
		ok     bool
	}
	answers := make(chan answer, 100)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-tick.C:
			a := answer{resets: m.Resets()}
			go func() {
				a.ok = shown(ctx, client, m.URL(443)+"/appliance")
				a.at = time.Now()
				select {
				case answers <- a:
				case <-ctx.Done():
				}
			}()
		case a := <-answers:
			switch {
			case a.ok && a.resets > resets: // asked of the machine that was restarted
				return a.at.Sub(last).Seconds(), nil
			case a.ok && m.Resets() == resets && a.at.After(last):
				last = a.at
			}
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for the restart: %w; see %s", context.Cause(ctx), m.Log())
		}
	}
}

// shown reports whether a page is answered.
func shown(ctx context.Context, client *http.Client, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode < http.StatusInternalServerError
}
