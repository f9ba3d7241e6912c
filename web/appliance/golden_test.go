// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"understudy/appliance/base/boot"
	"understudy/web/appliance/appliancetest"
	"understudy/web/ui/uitest"
)

// shot is a page in a state.
type shot struct {
	name   string
	path   string
	status int      // default 200
	form   []string // what is sent instead of opening the page
}

var adminShots = []shot{
	{name: "basics", path: "/appliance/status/basics"},
	{name: "basics-done", path: "/appliance/status/basics?done=clock-changed"},
	{name: "basics-refused", path: "/appliance/status/clock", form: []string{"revision", "1", "zone", "Mars/Olympus", "max-step", "x"}, status: 422},
	{name: "reboot", path: "/appliance/status/reboot"},
	{name: "shutdown", path: "/appliance/status/shut-down"},
	{name: "reset", path: "/appliance/status/factory-reset"},
	{name: "health", path: "/appliance/status/health"},
	{name: "tasks", path: "/appliance/status/tasks"},
	{name: "tasks-filtered", path: "/appliance/status/tasks?state=interrupted"},
	{name: "users", path: "/appliance/users"},
	{name: "user-add", path: "/appliance/users/new"},
	{name: "user-edit-locked", path: "/appliance/users/3"},
	{name: "user-edit-own", path: "/appliance/users/1"},
	{name: "user-delete", path: "/appliance/users/2/delete"},
	{name: "account", path: "/appliance/my-account"},
	{name: "account-password-refused", path: "/appliance/my-account/password", form: []string{"old", "a", "new", "b", "again", "c"}, status: 422},
	{name: "network", path: "/appliance/networking/ip"},
	{name: "network-preview", path: "/appliance/networking/ip/global/preview", form: []string{"revision", "1", "hostname", "other.example.com", "gateway4", "192.0.2.254", "dns", "192.0.2.53\n192.0.2.54", "ntp", ""}},
	{name: "network-refused", path: "/appliance/networking/ip/global", form: []string{"revision", "2", "hostname", "-", "gateway4", "10.0.0.1", "dns", "x", "public-port", "0"}, status: 422},
	{name: "card", path: "/appliance/networking/interfaces/eth0"},
	{name: "card-preview", path: "/appliance/networking/interfaces/eth0/preview", form: []string{"revision", "1", "dhcp4", "on"}},
	{name: "address-new", path: "/appliance/networking/interfaces/eth0/new-address"},
	{name: "address", path: "/appliance/networking/addresses/a1"},
	{name: "address-preview", path: "/appliance/networking/addresses/a1/preview", form: []string{"revision", "1", "address", "192.0.2.11/24"}},
	{name: "sessions", path: "/appliance/security/sessions"},
	{name: "audit", path: "/appliance/security/audit"},
	{name: "audit-none", path: "/appliance/security/audit?who=nobody"},
	{name: "history", path: "/appliance/security/configuration-history"},
	{name: "revision-first", path: "/appliance/security/configuration-history/1"},
	{name: "revision", path: "/appliance/security/configuration-history/8"},
	{name: "updates", path: "/appliance/updates"},
	{name: "utilities", path: "/appliance/support/utilities"},
	{name: "utilities-refused", path: "/appliance/support/utilities/tcp", form: []string{"tcp-host", "", "tcp-port", "0"}, status: 422},
	{name: "password-again", path: "/appliance/users/2", form: []string{"role", "read-only"}, status: 403},
	{name: "not-found", path: "/appliance/status/tasks/nothing", status: 404},
	{name: "conflict", path: "/appliance/status/clock", form: []string{"revision", "", "zone", "UTC"}, status: 409},
}

var readerShots = []shot{
	{name: "reader-basics", path: "/appliance/status/basics"},
	{name: "reader-health", path: "/appliance/status/health"},
	{name: "reader-users", path: "/appliance/users"},
	{name: "reader-account", path: "/appliance/my-account"},
	{name: "reader-network", path: "/appliance/networking/ip"},
	{name: "reader-sessions", path: "/appliance/security/sessions"},
	{name: "reader-revision", path: "/appliance/security/configuration-history/8"},
	{name: "reader-utilities", path: "/appliance/support/utilities"},
	{name: "reader-refused", path: "/appliance/users/new", status: 403},
}

var strangerShots = []shot{
	{name: "sign-in", path: "/appliance/sign-in"},
	{name: "sign-in-done", path: "/appliance/sign-in?done=signed-out&next=/appliance/users"},
	{name: "sign-in-refused", path: "/appliance/sign-in", form: []string{"username", "admin", "password", "x", "next", "/appliance/users"}, status: 422},
	{name: "sign-in-locked", path: "/appliance/sign-in", form: []string{"username", "dave", "password", "x"}, status: 422},
}

// ids are what is different in every run.
var ids = regexp.MustCompile(`((?:status/tasks|live\?task=|sessions)/?)[a-z2-7]{12,26}`)
var taskID = regexp.MustCompile(`(<dt>Task</dt><dd class="mono">)[a-z2-7]+`)

func normal(body string) []byte {
	body = ids.ReplaceAllString(body, "${1}ID")
	return []byte(taskID.ReplaceAllString(body, "${1}ID"))
}

func look(t *testing.T, b *appliancetest.Browser, shots []shot) {
	t.Helper()
	for _, s := range shots {
		t.Run(s.name, func(t *testing.T) {
			a := b.Get(s.path)
			if s.form != nil {
				a = b.Post(s.path, s.form...)
			}
			want := s.status
			if want == 0 {
				want = http.StatusOK
			}
			if a.Status != want {
				t.Fatalf("%d, want %d: %s", a.Status, want, a.Body)
			}
			uitest.CheckPage(t, []byte(a.Body))
			uitest.Golden(t, s.name+".html", normal(a.Body))
		})
	}
}

func TestPages(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	furnish(t, b)
	look(t, b.SignIn(t, "admin", appliancetest.Password), adminShots)
	b.Time.Pass(time.Minute)
	look(t, b.SignIn(t, "carol", readerPassword), readerShots)
	b.Time.Pass(time.Minute)
	look(t, b.Browser(t), strangerShots)
}

// A new box has next to nothing on its pages, and says what to do next.
func TestPagesOfANewBox(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{})
	browser := b.SignIn(t, "admin", appliancetest.First)
	look(t, browser, []shot{{name: "change-password", path: "/appliance/change-password"},
		{name: "change-password-refused", path: "/appliance/change-password", form: []string{"old", "password", "new", "password", "again", "password"}, status: 422}})
	if a := browser.Post("/appliance/change-password", "old", appliancetest.First, "new", appliancetest.Password, "again", appliancetest.Password); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	look(t, browser, []shot{
		{name: "new-health", path: "/appliance/status/health"}, {name: "new-tasks", path: "/appliance/status/tasks"}, {name: "new-account", path: "/appliance/my-account"},
	})
}

// A box whose state is lost, and one whose seed was wrong, say so.
func TestPagesOfABoxInTrouble(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Boot: boot.Report{
		State:      boot.StateResult{Lost: "The record of the key is damaged in both copies."},
		SeedSource: "fw_cfg", SeedProblems: []string{`"hostnmae" is not a setting.`, `"profile" must be text.`},
	}})
	look(t, b.Browser(t), []shot{{name: "lost-sign-in", path: "/appliance/sign-in"}})
	look(t, b.SignIn(t, "admin", appliancetest.Password), []shot{{name: "lost-basics", path: "/appliance/status/basics"}})

	b = appliancetest.New(t, appliancetest.Options{Changed: true, Boot: boot.Report{
		State: boot.StateResult{Lost: "No disk carries the partitions of an appliance.", NoDisk: true},
	}})
	look(t, b.SignIn(t, "admin", appliancetest.Password), []shot{
		{name: "no-disk-reset", path: "/appliance/status/factory-reset"},
		{name: "no-disk-reset-refused", path: "/appliance/status/factory-reset", form: again("typed", "reset"), status: 409},
	})
}
