// SPDX-License-Identifier: Apache-2.0

package apitest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"understudy/appliance/base/updates"
	"understudy/pkgstore/trust"
)

// Offer lets the box know an update server that has these packages, which can
// be seen but not brought. It is for the box that runs now.
func (b *Box) Offer(t testing.TB, targets ...trust.Target) {
	t.Helper()
	view, err := trust.OpenPublisher(b.Vendor.Keys(), t.TempDir())
	if err == nil {
		err = view.Publish(targets, time.Now(), false)
	}
	b.offers.Store(view)
	if err = errors.Join(err, b.Services().Updates.Start(t.Context(), "updates.example.com")); err != nil {
		t.Fatal(err)
	}
}

// dial is the box's way to the update server.
func (b *Box) dial(string, string, func(string) error) (updates.Server, error) {
	view := b.offers.Load()
	if view == nil {
		return nil, errors.New("there is no update server in this network")
	}
	return offers{view}, nil
}

// offers is an update server, and what a box sees of it.
type offers struct{ *trust.Publisher }

func (o offers) Check(context.Context, string) (updates.View, error) { return o, nil }

func (o offers) Fetch(_ context.Context, path string, _ int64) ([]byte, error) { return o.File(path) }

func (offers) Package(context.Context, string, int64) (io.ReadCloser, int64, int64, error) {
	return nil, 0, 0, errors.New("this update server only shows its packages")
}
