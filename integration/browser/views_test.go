// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"strings"
	"testing"

	"understudy/integration/box"
	"understudy/integration/chromium"
	"understudy/web/gate"
)

// view is a page in a state that is looked at.
type view struct {
	name  string // of the picture
	route string // the pattern that answers it
	path  string // the address, where the pattern has parameters or the state is in the query
	as    role
	do    func(ctx context.Context, tab *chromium.Tab) error // what is done there before looking
}

// role is who looks.
type role int

const (
	administrator role = iota
	readOnly
	nobody
)

// at is the address to open.
func (v view) at() string {
	if v.path != "" {
		return v.path
	}
	return v.route
}

// views are all pages, most of them in more than one state. Those that nobody
// but a stranger sees come first; what changes the box comes last.
var views = []view{
	{name: "no-site", path: "/", as: nobody},
	{name: "not-found", path: "/appliance/no-such-page", as: administrator},
	{name: "sign-in", route: "/appliance/sign-in", as: nobody},
	{name: "sign-in-refused", route: "/appliance/sign-in", as: nobody, do: func(ctx context.Context, tab *chromium.Tab) error {
		return steps(
			func() error { return tab.Fill(ctx, "Username", "admin") },
			func() error { return tab.Fill(ctx, "Password", "not the password") },
			func() error { return tab.Press(ctx, "Sign In") })
	}},
	{name: "change-password", route: "/appliance/change-password"},

	{name: "status-basics", route: "/appliance/status/basics"},
	{name: "status-basics-read-only", route: "/appliance/status/basics", as: readOnly},
	{name: "status-basics-menus-open", route: "/appliance/status/basics", do: func(ctx context.Context, tab *chromium.Tab) error {
		return steps(func() error { return openDrawer(ctx, tab) }, func() error { return tab.Open(ctx, ".menu summary") })
	}},
	{name: "status-reboot", route: "/appliance/status/reboot"},
	{name: "status-shut-down", route: "/appliance/status/shut-down"},
	{name: "status-factory-reset", route: "/appliance/status/factory-reset"},
	{name: "status-health", route: "/appliance/status/health"},
	{name: "status-health-read-only", route: "/appliance/status/health", as: readOnly},
	{name: "status-tasks", route: "/appliance/status/tasks"},
	{name: "status-tasks-none", route: "/appliance/status/tasks", path: "/appliance/status/tasks?state=failed"},

	{name: "users", route: "/appliance/users"},
	{name: "users-read-only", route: "/appliance/users", as: readOnly},
	{name: "users-add", route: "/appliance/users/new"},
	{name: "users-add-refused", route: "/appliance/users/new", do: func(ctx context.Context, tab *chromium.Tab) error {
		return steps(
			func() error { return tab.Fill(ctx, "Username", "Two Words") },
			func() error { return tab.Fill(ctx, "Password", "short") },
			func() error { return tab.Press(ctx, "Add User") })
	}},
	{name: "users-edit", route: "/appliance/users/{id}", path: "{carol}"},
	{name: "users-edit-locked", route: "/appliance/users/{id}", path: "{dave}"},
	{name: "users-delete", route: "/appliance/users/{id}/delete", path: "{carol}/delete"},
	{name: "my-account", route: "/appliance/my-account"},
	{name: "my-account-read-only", route: "/appliance/my-account", as: readOnly},
	{name: "my-account-token", route: "/appliance/my-account", do: func(ctx context.Context, tab *chromium.Tab) error {
		return steps(
			func() error { return tab.Fill(ctx, "Token Name", "monitoring") },
			func() error { return tab.Open(ctx, "#scopes input") },
			func() error { return tab.Press(ctx, "Create Token") })
	}},

	{name: "networking", route: "/appliance/networking/ip"},
	{name: "networking-read-only", route: "/appliance/networking/ip", as: readOnly},
	{name: "networking-interface", route: "/appliance/networking/interfaces/{name}", path: "/appliance/networking/interfaces/eth0"},
	{name: "networking-add", route: "/appliance/networking/interfaces/{name}/new-address", path: "/appliance/networking/interfaces/eth0/new-address"},
	{name: "networking-add-refused", path: "/appliance/networking/interfaces/eth0/new-address", do: address("192.0.2.10/33", "Save Changes")},
	{name: "networking-add-preview", path: "/appliance/networking/interfaces/eth0/new-address", do: address("192.0.2.10/24", "Preview Changes")},
	{name: "networking-address", route: "/appliance/networking/addresses/{id}", path: "/appliance/networking/addresses/a1"},

	{name: "security-sessions", route: "/appliance/security/sessions"},
	{name: "security-audit", route: "/appliance/security/audit"},
	{name: "security-audit-none", route: "/appliance/security/audit", path: "/appliance/security/audit?who=nobody-at-all"},
	{name: "security-audit-verified", route: "/appliance/security/audit/verification"},
	{name: "security-history", route: "/appliance/security/configuration-history"},
	{name: "security-revision", route: "/appliance/security/configuration-history/{id}", path: "{changed}"},
	{name: "updates", route: "/appliance/updates"},
	{name: "updates-agreements-none", route: "/appliance/updates/agreements"},
	{name: "support-utilities", route: "/appliance/support/utilities"},
	{name: "support-utilities-ran", route: "/appliance/support/utilities", do: func(ctx context.Context, tab *chromium.Tab) error {
		return steps(
			func() error { return tab.Fill(ctx, "Host Name or IP Address", "192.0.2.1") },
			func() error { return tab.Press(ctx, "Test Connection") })
	}},
	{name: "networking-pending", path: "/appliance/networking/interfaces/eth0/new-address", do: address("10.0.2.99/24", "Save Changes")},
	{name: "security-revision-first", route: "/appliance/security/configuration-history/{id}", path: "/appliance/security/configuration-history/2"},
}

// notPages are routes that a browser gets and that are no pages.
var notPages = map[string]string{
	"/appliance":                          "leads to Status > Basics",
	"/appliance/live":                     "the stream that pages listen to",
	"/appliance/security/audit/export":    "a file to download",
	"/appliance/updates/available/{name}": "looked at with an update server, see rare_test.go",
	"/appliance/updates/check":            "leads to Updates",
	"/appliance/updates/download-key":     "leads to Updates",
	"/appliance/updates/packages/{id}":    "looked at with a package on it, see rare_test.go",
	"/appliance/updates/upload":           "leads to Updates",
	"/appliance/status/tasks/{id}":        "looked at in a browser during a reboot, see reboot_test.go",
}

// TestEveryPageIsLookedAt holds the list above against the routes, so that a
// new page cannot be forgotten.
func TestEveryPageIsLookedAt(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range views {
		seen[v.route] = true
	}
	routes := map[string]bool{}
	for _, r := range box.Routes(t) {
		routes[r.Pattern] = true
		if r.Method != "GET" || strings.HasPrefix(r.Pattern, "/appliance/api/") || strings.HasPrefix(r.Pattern, "/appliance/assets/") {
			continue
		}
		if !seen[r.Pattern] && notPages[r.Pattern] == "" {
			t.Errorf("nobody looks at the page %s (%s): add it to the views, or say why it is no page", r.Pattern, r.Policy)
		}
		if r.Policy == gate.Unset {
			t.Errorf("%s has no policy", r.Pattern)
		}
	}
	for _, v := range views {
		if v.route != "" && !routes[v.route] {
			t.Errorf("the view %s names the route %s, which there is not", v.name, v.route)
		}
	}
	for route := range notPages {
		if !routes[route] {
			t.Errorf("the route %s is gone", route)
		}
	}
}

func address(cidr, button string) func(context.Context, *chromium.Tab) error {
	return func(ctx context.Context, tab *chromium.Tab) error {
		return steps(
			func() error { return tab.Fill(ctx, "IP Address", cidr) },
			func() error { return tab.Press(ctx, button) })
	}
}

// steps does one thing after the other, as far as they go well.
func steps(list ...func() error) error {
	for _, f := range list {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}
