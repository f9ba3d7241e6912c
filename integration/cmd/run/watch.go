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

// watch tells what happens from power-on until the appliance or the person
// has had enough.
func (b *box) watch(ctx context.Context, t *teller) error {
	lines := make(chan string)
	following, cancel := context.WithCancel(ctx)
	defer cancel()
	go b.follow(following, lines)

	t.stage("Starting firmware and kernel")
	welcomed := false
	for {
		select {
		case <-ctx.Done():
			b.stop(t)
			t.say("Stopped. The state is kept in %s; make run continues with it.", b.dir)
			return nil
		case <-b.machine.Ended():
			t.done()
			if err := b.machine.WaitExit(ctx); err != nil {
				return fmt.Errorf("%w; see %s", err, b.machine.Log())
			}
			t.say("The appliance has shut itself down. The state is kept in %s; make run powers it on again.", b.dir)
			return nil
		case line := <-lines:
			if text := narrate(line); text != "" {
				t.say("%s", text)
			}
			switch {
			case supervises.MatchString(line):
				t.stage("Starting the appliance")
			case listening.MatchString(line):
				fingerprint, err := b.answer(ctx)
				if ctx.Err() != nil {
					continue
				}
				t.done()
				if err != nil {
					return err
				}
				if welcomed {
					t.say("The appliance answers again at %s.", b.url())
					continue
				}
				welcomed = true
				t.say("The appliance answers.")
				fmt.Fprint(t.out, b.welcome(fingerprint, b.machine.Console.Text(), b.machine.Log()))
			}
		}
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

func (b *box) url() string { return fmt.Sprintf("https://127.0.0.1:%d/appliance", b.https) }

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
