// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

const (
	pagePath    = "/appliance/status/basics"
	connections = 16
	rounds      = 6   // of each side, in turn
	perRound    = 640 // requests
)

// pages measures Status > Basics, signed in, over TLS on this host, beside a
// handler that renders the same template with the same values and does nothing
// else: no session, no database, no policy, no front door.
func (b *bencher) pages(ctx context.Context) error {
	say("measuring pages")
	var ours, bare []time.Duration
	var err error
	// The appliance of the pages' own tests wants a test to belong to.
	testing.Benchmark(func(t *testing.B) { ours, bare, err = measurePages(ctx, t) })
	if err != nil {
		return err
	}
	if len(ours) == 0 {
		return errors.New("measure the pages: the appliance for it did not start")
	}
	for _, p := range []struct {
		name  string
		share float64
	}{{"p50", 0.50}, {"p99", 0.99}} {
		r := row{What: "Status > Basics, " + p.name, Unit: "ms", Ours: percentile(ours, p.share), Bare: percentile(bare, p.share)}
		b.add(r.ratioAtMost(2))
	}
	return nil
}

func measurePages(ctx context.Context, t *testing.B) (ours, bare []time.Duration, err error) {
	box := appliancetest.New(t, appliancetest.Options{Changed: true})
	secret := box.SignIn(t, "admin", appliancetest.Password).Secret()
	handler, err := bareBasics(os.DirFS("web/appliance"))
	if err != nil {
		return nil, nil, err
	}
	other := httptest.NewTLSServer(handler)
	defer other.Close()

	client := other.Client()
	transport := client.Transport.(*http.Transport)
	transport.TLSClientConfig.InsecureSkipVerify = true // both certificates are made on the spot
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost = connections, connections
	transport.DisableCompression = true
	sizes := map[string]int{}
	for range rounds {
		for _, side := range []struct {
			url string
			all *[]time.Duration
		}{{box.URL, &ours}, {other.URL, &bare}} {
			took, size, err := load(ctx, client, side.url+pagePath, secret)
			if err != nil {
				return nil, nil, err
			}
			*side.all = append(*side.all, took...)
			sizes[side.url] = size
		}
	}
	if a, b := sizes[box.URL], sizes[other.URL]; a-b > a/20 || b-a > a/20 {
		return nil, nil, fmt.Errorf("measure the pages: ours has %d bytes, the bare one %d: it does not render the same any more", a, b)
	}
	return ours, bare, nil
}

// load sends the requests of one round over all connections and gives what
// each took, and the size of the page in bytes.
func load(ctx context.Context, client *http.Client, url, secret string) (took []time.Duration, size int, err error) {
	took = make([]time.Duration, perRound)
	sizes := make([]int, connections)
	group, ctx := errgroup.WithContext(ctx)
	for c := range connections {
		group.Go(func() error {
			for i := c; i < perRound; i += connections {
				start := time.Now()
				n, err := get(ctx, client, url, secret)
				if err != nil {
					return fmt.Errorf("measure the pages: %w", err)
				}
				took[i], sizes[c] = time.Since(start), n
			}
			return nil
		})
	}
	err = group.Wait()
	return took, sizes[0], err
}

func get(ctx context.Context, client *http.Client, url, secret string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	req.AddCookie(&http.Cookie{Name: gate.Cookie, Value: secret})
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s answers %s", url, res.Status)
	}
	n, err := io.Copy(io.Discard, res.Body)
	return int(n), err
}

// percentile gives the value in milliseconds below which that share lies.
func percentile(all []time.Duration, share float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return float64(sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]) / float64(time.Millisecond)
}
