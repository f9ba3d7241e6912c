// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

// answerLimit is how long the page may take once the appliance says that it
// listens, before scaling.
const answerLimit = 20 * time.Second

// settle is how long after the first answer the welcome waits for the word
// that the appliance is healthy, so that what it has to say comes before, and
// for the certificate on its console, with which the one that answered is
// compared.
const settle = 5 * time.Second

// watch tells what happens from power-on until the appliance or the person
// has had enough.
func (b *box) watch(ctx context.Context, t *teller) error {
	lines := make(chan string)
	following, cancel := context.WithCancel(ctx)
	defer cancel()
	go b.follow(following, lines)
	v := &visit{box: b, t: t, answered: func() { go b.offerAll(following, t) }}
	t.stage("Starting firmware and kernel")
	for {
		select {
		case <-ctx.Done():
			b.stop(t)
			t.say("Stopped. The state is kept in %s; make run continues with it.", relative(b.dir))
			return nil
		case <-b.machine.Ended():
			t.done()
			if err := b.machine.WaitExit(ctx); err != nil {
				return fmt.Errorf("%w; see %s", err, relative(b.machine.Log()))
			}
			t.say("The appliance has shut itself down. The state is kept in %s; make run powers it on again.", relative(b.dir))
			return nil
		case <-v.settled:
			v.welcome()
		case line := <-lines:
			if err := v.hear(ctx, line); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// visit is what has been said so far about one run.
type visit struct {
	*box
	t           *teller
	fingerprint string           // of the certificate that answered; empty before
	settled     <-chan time.Time // when the welcome is due
	healthy     bool
	welcomed    bool
	answered    func() // called once
}

// hear takes one of the appliance's own lines.
func (v *visit) hear(ctx context.Context, line string) error {
	if text := narrate(line); text != "" {
		v.t.say("%s", text)
	}
	switch {
	case supervises.MatchString(line):
		v.t.stage("Starting the appliance")
	case listening.MatchString(line):
		var err error
		if v.fingerprint, err = v.answer(ctx); err != nil {
			return err
		}
		v.t.done()
		if v.welcomed {
			v.t.say("The appliance answers again at %s.", v.url())
			return nil
		}
		v.t.say("The appliance answers.")
		v.settled = time.After(settle)
	case healthy.MatchString(line):
		v.healthy = true
	}
	if v.healthy && v.fingerprint != "" && strings.Contains(v.machine.Console.Text(), v.fingerprint) {
		v.welcome()
	}
	return nil
}

// welcome is said once.
func (v *visit) welcome() {
	v.settled = nil
	if !v.welcomed {
		v.welcomed = true
		v.answered()
		fmt.Fprint(v.t.out, v.box.welcome(v.fingerprint, v.machine.Console.Text(), v.machine.Log()))
	}
}

// follow passes on the lines that the appliance itself writes.
func (b *box) follow(ctx context.Context, lines chan<- string) {
	for {
		line, err := b.machine.Console.Wait(ctx, ours)
		if err != nil {
			return
		}
		select {
		case lines <- line:
		case <-ctx.Done():
			return
		}
	}
}

func (b *box) origin() string { return fmt.Sprintf("https://127.0.0.1:%d", b.https) }

func (b *box) url() string { return b.origin() + "/appliance" }

// answer waits until the page is there and gives the fingerprint of the
// certificate that it came with.
func (b *box) answer(ctx context.Context) (string, error) {
	limit := b.machine.Scale(answerLimit)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	client := b.machine.Client()
	defer client.CloseIdleConnections()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url(), nil)
		if err != nil {
			return "", err
		}
		res, err := client.Do(req)
		if err == nil {
			res.Body.Close()
			if res.StatusCode < http.StatusInternalServerError {
				return fingerprint(res.TLS.PeerCertificates[0].Raw), nil
			}
			err = fmt.Errorf("it answers %s", res.Status)
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return "", fmt.Errorf("wait %v for the page %s: %w; see %s", limit, b.url(), err, b.machine.Log())
		}
	}
}

// fingerprint writes a certificate's SHA-256 as the appliance's console does.
func fingerprint(der []byte) string {
	return strings.TrimSuffix(pairs.ReplaceAllString(fmt.Sprintf("%X", sha256.Sum256(der)), "$0:"), ":")
}

var pairs = regexp.MustCompile("..")

// relative shortens a path below the working directory.
func relative(path string) string {
	if dir, err := os.Getwd(); err == nil {
		return strings.TrimPrefix(path, dir+"/")
	}
	return path
}
