// SPDX-License-Identifier: Apache-2.0

package apitest

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/appliance/base/certs"
	"understudy/appliance/base/network/nettest"
	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/layout"
	"understudy/pkgstore/trust"
	"understudy/web/services"
)

// The box's card, the LAN around it, and the first sign-in.
const (
	Card     = "eth0"
	Address  = "192.0.2.10"
	Gateway  = "192.0.2.1"
	Username = "admin"
	Password = "password" // has to be changed before anything else works
	Serial   = "TEST-0001"
)

// Box is a running appliance without a machine.
type Box struct {
	LAN    *nettest.LAN
	Vendor *updatestest.Vendor // whom the box trusts for updates

	t     *testing.T
	dir   string
	seed  layout.Seed
	certs *certs.Keeper

	offers atomic.Pointer[trust.Publisher] // of the update server; nil if there is none

	mu     sync.Mutex // guards what a restart replaces
	port   int
	alive  *life
	ended  chan struct{} // closed when the box is off for good
	starts int
	back   chan struct{} // closed by the next start
}

// Start boots a box that lasts as long as the test.
func Start(t *testing.T) *Box {
	t.Helper()
	b := &Box{t: t, dir: t.TempDir(), LAN: nettest.New(t, Card), Vendor: updatestest.NewVendor(t), ended: make(chan struct{}), back: make(chan struct{})}
	b.LAN.Add(Gateway + "/24")
	b.seed.Hostname = "box.example"
	b.seed.Network.Interfaces = []layout.SeedInterface{{Name: Card, Addresses: []string{Address + "/24"}}}
	b.seed.Network.Gateway4 = Gateway
	b.seed.Test.ConfirmTimeout = "20s"
	var err error
	if b.certs, err = certs.InMemory(certs.Names{Hostname: "box.example"}, time.Now); err != nil {
		t.Fatal(err)
	}
	if err := b.boot(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.halt)
	return b
}

// boot starts the services and the server.
func (b *Box) boot() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, err := b.live()
	if err != nil {
		return err
	}
	// The first start takes any port, later ones the same: where people left
	// the box they find it again.
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", fmt.Sprintf(":%d", b.port))
	if err != nil {
		l.close()
		return err
	}
	if b.port == 0 {
		b.port = listener.Addr().(*net.TCPAddr).Port
	}
	b.starts++
	close(b.back)
	b.back = make(chan struct{})
	l.server = &http.Server{
		Handler: l.gate, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{GetCertificate: b.certs.GetCertificate},
	}
	b.alive = l
	go func() { _ = l.server.ServeTLS(listener, "", "") }() // ends with close
	return nil
}

// halt ends the services and the server, as a power cut does to clients.
func (b *Box) halt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.alive != nil {
		b.alive.close()
		b.alive = nil
	}
}

// URL is the box's address.
func (b *Box) URL() string { return b.At("127.0.0.1") }

// At is the URL of the box by another of its addresses.
func (b *Box) At(host string) string { return fmt.Sprintf("https://%s:%d", host, b.port) }

// Port is the TCP port at which the box answers.
func (b *Box) Port() int { return b.port }

// Fingerprint is the SHA-256 of the certificate, as the console shows it.
func (b *Box) Fingerprint() string { return b.certs.Fingerprint() }

// Services are the running box's services; another set after a restart.
func (b *Box) Services() *services.Appliance {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.alive.services
}

// Ended is closed when the box was shut down.
func (b *Box) Ended() <-chan struct{} { return b.ended }

// Started is closed when the box runs: at once, or after its next start.
func (b *Box) Started() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.alive != nil {
		running := make(chan struct{})
		close(running)
		return running
	}
	return b.back
}

// Starts is how often the box has started.
func (b *Box) Starts() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.starts
}

// Client returns a client of the box that is not signed in.
func (b *Box) Client() *applianceapi.Client {
	b.t.Helper()
	return b.ClientWith("")
}

// ClientWith returns a client that uses a secret.
func (b *Box) ClientWith(secret string) *applianceapi.Client {
	b.t.Helper()
	c, err := applianceapi.New(applianceapi.Options{URL: b.URL(), Fingerprint: b.Fingerprint(), Secret: secret, Agent: "apitest"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	return c
}

// NewPassword is what Administrator sets in place of the first password.
const NewPassword = "correct horse battery"

// Administrator signs in as the first account and does what has to be done
// first: it changes the password, and repeats it.
func (b *Box) Administrator() *applianceapi.Client {
	b.t.Helper()
	ctx := context.Background()
	c, _, err := b.Client().SignIn(ctx, applianceapi.Credentials{Username: Username, Password: Password})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := c.ChangePassword(ctx, applianceapi.PasswordChange{Old: Password, New: NewPassword}); err != nil {
		b.t.Fatal(err)
	}
	if _, err := c.Reauthenticate(ctx, NewPassword); err != nil {
		b.t.Fatal(err)
	}
	return c
}
