// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func loginCommand(a *app) *cobra.Command {
	var username, fingerprint string
	c := &cobra.Command{
		Use:   "login URL",
		Short: "Sign in and keep the session",
		Long: "Sign in to the appliance at URL and keep the session for the commands that follow.\n\n" +
			"An appliance signs its first certificate itself. Its SHA-256 fingerprint is shown, to\n" +
			"be compared with the one on the appliance's console; from then on no other is accepted.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			u, err := applianceapi.ParseURL(args[0])
			if err != nil {
				return usage("%w", err)
			}
			pinned, err := a.pin(c.Context(), u.String(), fingerprint)
			if err != nil {
				return err
			}
			if username == "" {
				if username, err = a.askUsername(); err != nil {
					return err
				}
			}
			password, err := a.password("Password", a.passwordFile, "--password-file")
			if err != nil {
				return err
			}
			return a.login(c.Context(), target{url: u.String(), fingerprint: pinned}, applianceapi.Credentials{Username: username, Password: password})
		},
	}
	c.Flags().StringVar(&username, "user", "", "user name (default: asks)")
	c.Flags().StringVar(&fingerprint, "fingerprint", "", "SHA-256 fingerprint of the certificate, from the appliance's console")
	return c
}

func (a *app) askUsername() (string, error) {
	if !a.interactive() {
		return "", usage("there is no terminal to ask on; give --user NAME")
	}
	return a.line("User name")
}

// pin decides which certificate to accept: the one that was named, none in
// particular where this machine trusts it anyway, or the one that the person
// agrees to.
func (a *app) pin(ctx context.Context, url, named string) (string, error) {
	if named == "" {
		named = a.getenv("UNDERSTUDY_FINGERPRINT")
	}
	if named != "" {
		pinned, err := applianceapi.ParseFingerprint(named)
		if err != nil {
			return "", usage("%w", err)
		}
		return pinned, nil
	}
	shown, trusted, err := applianceapi.Presented(ctx, url)
	if err != nil || trusted {
		return "", err
	}
	saved, err := a.loadConfig()
	if err != nil {
		return "", err
	}
	if saved.Boxes[url].Fingerprint == shown {
		return shown, nil
	}
	a.print.Note("%s shows a certificate with the SHA-256 fingerprint\n  %s", url, applianceapi.Colons(shown))
	if !a.interactive() {
		return "", usage("compare it with the appliance's console and give it with --fingerprint")
	}
	if err := a.agree("Is this the fingerprint on the appliance's console?", false); err != nil {
		return "", err
	}
	return shown, nil
}

// login signs in and keeps the session.
func (a *app) login(ctx context.Context, t target, who applianceapi.Credentials) error {
	client, err := a.open(t)
	if err != nil {
		return err
	}
	_, in, err := client.SignIn(ctx, who)
	if err != nil {
		return err
	}
	saved, err := a.loadConfig()
	if err != nil {
		return err
	}
	saved.Current = t.url
	saved.Boxes[t.url] = box{Username: in.Session.Username, Fingerprint: t.fingerprint, Secret: in.Secret}
	if err := a.saveConfig(saved); err != nil {
		return err
	}
	a.print.Value(in.Session, func(s *sheet) {
		s.line("Signed in to %s as %s (%s).", t.url, plain(in.Session.Username), plain(in.Session.Role))
		if in.Session.MustChangePassword {
			s.line("Nothing else works until you choose a new password: understudyctl password")
		}
	})
	return nil
}
