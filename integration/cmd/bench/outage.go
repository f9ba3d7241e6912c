// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
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
// software, beside one start of the bare machine, both by UEFI.
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
	bare, bareSeconds, err := start(ctx, b.machine("bare-outage", bareImage, profile, vm.UEFI, dir, filepath.Join(dir, "bare.qcow2")), bareReady, "/")
	if err != nil {
		return err
	}
	bare.Close()
	var seconds float64
	// The vendor of the updates' own tests wants a test to belong to.
	testing.Benchmark(func(t *testing.B) {
		if seconds == 0 && err == nil {
			seconds, err = b.updateOnce(ctx, t, b.machine("outage", image, profile, vm.UEFI, dir, filepath.Join(dir, "disk.qcow2")))
		}
	})
	if err == nil && seconds == 0 {
		err = errors.New("measure the outage of an update: its set-up failed")
	}
	if err != nil {
		return err
	}
	r := row{What: "outage of a Base update, beside one bare start", Unit: "s", Ours: seconds, Bare: bareSeconds}
	r.Ratio = r.Ours / r.Bare
	r.Aim, r.Missed = "≤ bare + 3 s", r.Ours > r.Bare+3
	b.add(r)
	return nil
}

// updateOnce installs 4.2.1 and gives the seconds between the last answer before
// the restart and the first one after it.
func (b *bencher) updateOnce(ctx context.Context, t *testing.B, spec vm.Spec) (float64, error) {
	vendor := updatestest.NewVendor(t)
	file, err := updateFile(ctx, vendor, "4.2.1")
	if err != nil {
		return 0, err
	}
	seed := layout.Seed{Update: layout.SeedUpdate{TrustRoot: string(vendor.Root())}}
	spec.Seed = seed.Encode()
	m, _, err := start(ctx, spec, oursReady, "/appliance")
	if err != nil {
		return 0, err
	}
	defer m.Close()
	c, err := signIn(ctx, m)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	p, err := c.Upload(ctx, bytes.NewReader(file), false)
	if err != nil {
		return 0, err
	}
	if _, err := c.Install(ctx, p.ID, applianceapi.Install{}); err != nil {
		return 0, err
	}
	return away(ctx, m)
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
	_, err = c.Reauthenticate(ctx, box.Password)
	return c, err
}

// away asks for a page again and again, until it was away and is back.
func away(ctx context.Context, m *vm.Machine) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, m.Scale(2*startLimit))
	defer cancel()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: m.Client().Transport.(*http.Transport).TLSClientConfig, DisableKeepAlives: true}, Timeout: 2 * time.Second}
	last, gone := time.Now(), false
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL(443)+"/appliance", nil)
		if err != nil {
			return 0, err
		}
		res, err := client.Do(req)
		if err == nil {
			res.Body.Close()
		}
		switch ok := err == nil && res.StatusCode < http.StatusInternalServerError; {
		case ok && gone:
			return time.Since(last).Seconds(), nil
		case ok:
			last = time.Now()
		default:
			// A slow answer is no outage: the machine has to be restarted.
			gone = m.Resets() > 0
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return 0, fmt.Errorf("wait for the update: %w; see %s", context.Cause(ctx), m.Log())
}
