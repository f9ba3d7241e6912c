// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"net/http"
	"testing"

	"understudy/web/appliance"
	"understudy/web/gate"
	"understudy/web/services"
)

// twins names, for the path of each form of the pages, the operation of the
// API that does the same.
var twins = map[string]string{
	"/appliance/sign-in":                                    "signIn",
	"/appliance/sign-out":                                   "signOut",
	"/appliance/change-password":                            "changePassword",
	"/appliance/status/clock":                               "changeClock",
	"/appliance/status/reboot":                              "reboot",
	"/appliance/status/shut-down":                           "shutDown",
	"/appliance/status/factory-reset":                       "factoryReset",
	"/appliance/status/health/{code}/acknowledge":           "acknowledgeWarning",
	"/appliance/users":                                      "addUser",
	"/appliance/users/{id}":                                 "changeUser",
	"/appliance/users/{id}/delete":                          "deleteUser",
	"/appliance/users/{id}/unlock":                          "unlockUser",
	"/appliance/my-account/name":                            "changeAccount",
	"/appliance/my-account/password":                        "changePassword",
	"/appliance/my-account/sessions/{id}/end":               "endOwnSession",
	"/appliance/my-account/tokens":                          "addToken",
	"/appliance/my-account/tokens/{id}/revoke":              "revokeToken",
	"/appliance/networking/ip/global":                       "changeNetwork",
	"/appliance/networking/interfaces/{name}":               "changeNetwork",
	"/appliance/networking/interfaces/{name}/new-address":   "changeNetwork",
	"/appliance/networking/addresses/{id}":                  "changeNetwork",
	"/appliance/networking/addresses/{id}/delete":           "changeNetwork",
	"/appliance/networking/clock-step":                      "consentToStep",
	"/appliance/pending/{id}/keep":                          "confirmChange",
	"/appliance/pending/{id}/undo":                          "undoChange",
	"/appliance/security/sessions/{id}/end":                 "endSession",
	"/appliance/security/configuration-history/{id}/revert": "revertRevision",
	"/appliance/updates/check":                              "checkForUpdates",
	"/appliance/updates/available/{name}/download":          "downloadPackage",
	"/appliance/updates/available/{name}/install":           "installAvailable",
	"/appliance/updates/download-key":                       "makeDownloadKey",
	"/appliance/updates/upload":                             "uploadPackage",
	"/appliance/updates/packages/{id}/install":              "installPackage",
	"/appliance/updates/packages/{id}/discard":              "discardPackage",
	"/appliance/support/utilities/tcp":                      "tcpTest",
	"/appliance/support/utilities/dns":                      "lookup",
	"/appliance/support/utilities/ping":                     "ping",
}

// pageOnly are forms that change nothing on the box, and why a program has no
// use for them.
var pageOnly = map[string]string{
	"/appliance/theme":                                            "the colours are a cookie of the browser",
	"/appliance/networking/ip/global/preview":                     "says in words what a form would change; a program has both documents",
	"/appliance/networking/interfaces/{name}/preview":             "likewise",
	"/appliance/networking/interfaces/{name}/new-address/preview": "likewise",
	"/appliance/networking/addresses/{id}/preview":                "likewise",
}

func TestEveryFormHasATwin(t *testing.T) {
	d, _ := readDocument(t)
	policies := map[string]string{}
	for _, methods := range d.Paths {
		for _, op := range methods {
			policies[op.OperationID] = op.Policy
		}
	}
	pages, err := appliance.New(&services.Appliance{})
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]bool{}
	for _, r := range pages.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		forms[r.Pattern] = true
		checkTwin(t, r, policies)
	}
	for path := range twins {
		if !forms[path] {
			t.Errorf("the table names %s, which no page has", path)
		}
	}
	for path := range pageOnly {
		if !forms[path] {
			t.Errorf("the table excuses %s, which no page has", path)
		}
	}
}

// checkTwin holds a form against its operation: there is one, and the same
// people may use both.
func checkTwin(t *testing.T, r gate.Route, policies map[string]string) {
	t.Helper()
	if pageOnly[r.Pattern] != "" {
		return
	}
	twin := twins[r.Pattern]
	policy, exists := policies[twin]
	switch {
	case twin == "":
		t.Errorf("the form %s has no twin in the API", r.Pattern)
	case !exists:
		t.Errorf("the twin %s of %s is no operation", twin, r.Pattern)
	case policy != r.Policy.String():
		t.Errorf("%s is for %s, its twin %s for %s", r.Pattern, r.Policy, twin, policy)
	}
}
