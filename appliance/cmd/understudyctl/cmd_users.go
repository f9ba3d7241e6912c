// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func usersListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "All accounts",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Users(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) { drawUsers(s, list.Items) })
			return nil
		},
	}
}

func drawUsers(s *sheet, users []applianceapi.User) {
	var rows [][]string
	for _, u := range users {
		rows = append(rows, []string{u.Username, u.DisplayName, u.Role, userState(u), moment(u.LastSignIn)})
	}
	s.table("No accounts.", []string{"USER", "NAME", "ROLE", "STATE", "LAST SIGN-IN"}, rows)
}

// userState says what keeps an account from signing in.
func userState(u applianceapi.User) string {
	switch {
	case u.Disabled:
		return "disabled"
	case !u.LockedUntil.IsZero():
		return "locked until " + clockTime(u.LockedUntil)
	case u.MustChangePassword:
		return "must change password"
	}
	return "active"
}

// findUser returns the account with the user name, or else the number: a name
// may be all digits, and is what people see in the list.
func findUser(ctx context.Context, c *applianceapi.Client, who string) (applianceapi.User, error) {
	list, err := c.Users(ctx)
	if err != nil {
		return applianceapi.User{}, err
	}
	for _, is := range []func(applianceapi.User) bool{
		func(u applianceapi.User) bool { return strings.EqualFold(u.Username, who) },
		func(u applianceapi.User) bool { return strconv.FormatInt(u.ID, 10) == who },
	} {
		if i := slices.IndexFunc(list.Items, is); i >= 0 {
			return list.Items[i], nil
		}
	}
	return applianceapi.User{}, fmt.Errorf("there is no account %q: 'understudyctl users list' shows them", who)
}

// onUser is a command that does one thing to one account.
func onUser(a *app, name, short, done string, act func(context.Context, *applianceapi.Client, applianceapi.User) error) *cobra.Command {
	return &cobra.Command{
		Use:   name + " USER",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			u, err := findUser(c.Context(), client, args[0])
			if err != nil {
				return err
			}
			if err := a.again(c.Context(), client, func() error { return act(c.Context(), client, u) }); err != nil {
				return err
			}
			a.print.Note("The account %s %s.", u.Username, done)
			return nil
		},
	}
}

func usersDeleteCommand(a *app) *cobra.Command {
	return onUser(a, "delete", "Delete an account", "is deleted", func(ctx context.Context, c *applianceapi.Client, u applianceapi.User) error {
		return c.DeleteUser(ctx, u.ID)
	})
}

func usersUnlockCommand(a *app) *cobra.Command {
	return onUser(a, "unlock", "Let a locked account sign in again", "is not locked", func(ctx context.Context, c *applianceapi.Client, u applianceapi.User) error {
		return c.UnlockUser(ctx, u.ID)
	})
}
