// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"understudy/appliance/client/updateserver"
	"understudy/bootimg"
	"understudy/integration/vm"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// packageSize is that of the package whose verification is measured, in bytes.
const packageSize = 64 << 20

// updates measures what an update costs: on this host, and in a machine.
func (b *bencher) updates(ctx context.Context) error {
	if err := b.verify(ctx); err != nil {
		return err
	}
	if err := b.siteSwitch(ctx); err != nil {
		return err
	}
	if err := b.oneMoreVersion(ctx); err != nil {
		return err
	}
	return b.outage(ctx)
}

// verify measures how fast a package is verified, and brought from an update
// server over TLS onto the disk, in turn with what it is measured beside.
func (b *bencher) verify(ctx context.Context) error {
	say("verifying a package of %d MiB", packageSize>>20)
	source := filepath.Join(b.dir, "package")
	if err := randomFile(source, packageSize); err != nil {
		return err
	}
	defer os.Remove(source)
	sum, err := hashFile(source)
	if err != nil {
		return err
	}
	target := trust.Target{Name: "bench.pkg", Length: packageSize, SHA256: sum}
	view, stop, err := offerFile(ctx, source)
	if err != nil {
		return err
	}
	defer stop()
	received := filepath.Join(b.dir, "received")
	hash := func() error { _, err := hashFile(source); return err }
	for _, c := range []struct {
		what      string
		ours      func() error
		bare      func() error
		bareLabel string
		aim       float64
	}{
		{"a package verified", func() error { return check(source, target) }, hash, "SHA-256 alone", 0.8},
		{"a package downloaded, verified, on the disk", func() error { return download(ctx, view, received, &target) }, hash, "SHA-256 alone", 0.8},
		{"a package downloaded and verified", func() error { return download(ctx, view, received, &target) },
			func() error { return download(ctx, view, received, nil) }, "downloaded only", 0},
	} {
		r := row{What: c.what + ", beside " + c.bareLabel, Unit: "MB/s"}
		for range max(b.runs, 3) {
			seconds, err := timed(c.ours)
			if err != nil {
				return err
			}
			bare, err := timed(c.bare)
			if err != nil {
				return err
			}
			r.All = append(r.All, packageSize/1e6/seconds)
			r.AllBare = append(r.AllBare, packageSize/1e6/bare)
		}
		r.Ours, r.Bare = median(r.All), median(r.AllBare)
		r.Ratio = r.Ours / r.Bare
		if c.aim > 0 {
			r.Aim, r.Missed = fmt.Sprintf("≥ %gx", c.aim), r.Ratio < c.aim
		}
		b.add(r)
	}
	return ctx.Err()
}

// check is what the box does with the bytes of a package before it looks into
// them.
func check(path string, target trust.Target) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("verify a package: %w", err)
	}
	defer in.Close()
	if _, err := io.Copy(io.Discard, target.Reader(in)); err != nil {
		return fmt.Errorf("verify a package: %w", err)
	}
	return nil
}

// offerFile serves a file as an update server does its packages, on loopback,
// and gives the view of a box that has checked in.
func offerFile(ctx context.Context, path string) (view *updateserver.View, stop func(), err error) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/check", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"metadata":"/tuf/","packages":"/packages/","token":"bench","time":%q}`, time.Now().UTC().Format(time.RFC3339))
	})
	mux.HandleFunc("GET /packages/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) })
	s := httptest.NewTLSServer(mux)
	client, err := updateserver.New(strings.TrimPrefix(s.URL, "https://"), "", func(string) error { return nil })
	if err == nil {
		view, err = client.Check(ctx, "bench")
	}
	if err != nil {
		s.Close()
		return nil, nil, err
	}
	return view, s.Close, nil
}

// download is what the box does with a package on offer: it is on the disk
// before it is verified, so that a broken connection costs nothing. With no
// target it is not verified.
func download(ctx context.Context, view *updateserver.View, to string, target *trust.Target) error {
	body, _, _, err := view.Package(ctx, "bench.pkg", 0)
	if err != nil {
		return err
	}
	defer body.Close()
	out, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("download a package: %w", err)
	}
	defer os.Remove(to)
	defer out.Close()
	if _, err := io.Copy(out, body); err != nil {
		return fmt.Errorf("download a package: %w", err)
	}
	if err := out.Sync(); err != nil {
		return fmt.Errorf("download a package: %w", err)
	}
	if target == nil {
		return nil
	}
	return check(to, *target)
}

func randomFile(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make a package: %w", err)
	}
	defer f.Close()
	if _, err := io.CopyN(f, rand.Reader, size); err != nil {
		return fmt.Errorf("make a package: %w", err)
	}
	return f.Sync()
}

func hashFile(path string) (sum [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, fmt.Errorf("hash a package: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, fmt.Errorf("hash a package: %w", err)
	}
	return [32]byte(h.Sum(nil)), nil
}

func timed(do func() error) (seconds float64, err error) {
	start := time.Now()
	err = do()
	return time.Since(start).Seconds(), err
}

// oneMoreVersion measures what it costs that the catalogue has another version
// of the Base software: its image and its package, when those of one version
// are there.
func (b *bencher) oneMoreVersion(ctx context.Context) error {
	say("building one more version")
	if _, err := vm.BuildImage(ctx, b.report.Base, nil); err != nil { // the one that it is one more than
		return err
	}
	cache := filepath.Join(filepath.Dir(b.dir), "cache")
	based, err := bootimg.Compile(ctx, cache, func(string, ...any) {})
	if err != nil {
		return err
	}
	entry, _ := catalogue.Find(pack.Base, "5.1.0")
	release, err := bootimg.ReleaseFor(ctx, entry.Version)
	if err != nil {
		return err
	}
	out := filepath.Join(b.dir, "version")
	defer os.RemoveAll(out)
	seconds, err := timed(func() error {
		a, err := bootimg.Build(ctx, bootimg.Options{CacheDir: cache, OutDir: out, Release: release, BasedPath: based})
		if err != nil {
			return err
		}
		uki, err := pack.File(a.UKI)
		if err != nil {
			return err
		}
		_, _, err = entry.Write(io.Discard, entry.For(catalogue.Build{Tree: release.Tree, ID: release.Build, Time: release.Built}, nil), uki, nil)
		return err
	})
	if err != nil {
		return err
	}
	b.add(row{What: "one more version in the catalogue", Unit: "s", Ours: seconds}.atMost(10))
	return nil
}
