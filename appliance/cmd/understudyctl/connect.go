// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"runtime"

	"understudy/appliance/client/applianceapi"
)

// target is a box to speak to, put together from flags, environment and saved
// sign-ins.
type target struct {
	url         string
	fingerprint string
	secret      string
	token       bool // the secret is a token of the environment, not a session of ours
}

// target decides which box is meant and as whom.
func (a *app) target() (target, error) {
	saved, err := a.loadConfig()
	if err != nil {
		return target{}, err
	}
	t := target{fingerprint: a.getenv("UNDERSTUDY_FINGERPRINT"), secret: a.getenv("UNDERSTUDY_TOKEN")}
	t.token = t.secret != ""
	for _, t.url = range []string{a.url, a.getenv("UNDERSTUDY_URL"), saved.Current} {
		if t.url != "" {
			break
		}
	}
	if t.url == "" {
		return t, refused("no appliance is named: sign in with 'understudyctl login URL', or set UNDERSTUDY_URL and UNDERSTUDY_TOKEN")
	}
	u, err := applianceapi.ParseURL(t.url)
	if err != nil {
		return t, usage("%w", err)
	}
	t.url = u.String()
	known := saved.Boxes[t.url]
	if t.secret == "" {
		t.secret = known.Secret
	}
	if t.fingerprint == "" {
		t.fingerprint = known.Fingerprint
	}
	if t.secret == "" {
		return t, refused("not signed in to %s: use 'understudyctl login %s'", t.url, t.url)
	}
	return t, nil
}

// open returns a client of the target.
func (a *app) open(t target) (*applianceapi.Client, error) {
	c, err := applianceapi.New(applianceapi.Options{
		URL: t.url, Fingerprint: t.fingerprint, Secret: t.secret, Timeout: a.timeout,
		Agent: "understudyctl (" + runtime.GOOS + ")",
	})
	if err != nil {
		return nil, usage("%w", err)
	}
	return c, nil
}

// connect returns a client of the box that is meant.
func (a *app) connect() (*applianceapi.Client, error) {
	t, err := a.target()
	if err != nil {
		return nil, err
	}
	return a.open(t)
}

// again calls act, and once more after the password was repeated if the box
// asks for that.
func (a *app) again(ctx context.Context, c *applianceapi.Client, act func() error) error {
	err := act()
	if !applianceapi.HasCode(err, applianceapi.CodeReauth) {
		return err
	}
	password, err := a.password("Your password, once more", a.passwordFile, "--password-file")
	if err != nil {
		return err
	}
	if _, err := c.Reauthenticate(ctx, password); err != nil {
		return err
	}
	return act()
}
