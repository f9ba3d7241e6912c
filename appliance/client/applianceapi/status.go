// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"time"
)

// Status is what Status > Basics shows.
type Status struct {
	Hostname               string     `json:"hostname" doc:"Host name of the appliance."`
	Model                  string     `json:"model" doc:"Hardware or virtual model."`
	Serial                 string     `json:"serial" doc:"Serial number."`
	GUID                   string     `json:"guid" doc:"Appliance GUID, made at first boot."`
	IdentityKey            string     `json:"identityKey,omitempty" doc:"Fingerprint of the key by which an update server knows the appliance."`
	BaseVersion            string     `json:"baseVersion" doc:"Version of the Base software." example:"3.3.2"`
	Build                  string     `json:"build" doc:"Build of the Base software."`
	Architecture           string     `json:"architecture" doc:"Processor architecture."`
	Kernel                 string     `json:"kernel" doc:"Kernel release."`
	Firmware               string     `json:"firmware" doc:"uefi, bios or direct."`
	Profile                string     `json:"profile" doc:"Hardware profile." example:"va-small"`
	SitePackages           []Software `json:"sitePackages" nullable:"false" doc:"Installed site packages."`
	Time                   time.Time  `json:"time" doc:"The box's clock."`
	TimeZone               string     `json:"timeZone" doc:"Time zone, by its IANA name."`
	UptimeSeconds          int64      `json:"uptimeSeconds" doc:"Seconds since the box started."`
	CertificateFingerprint string     `json:"certificateFingerprint" doc:"SHA-256 of the certificate, upper-case hex pairs with colons."`
	Health                 string     `json:"health" enum:"ok,info,warning,critical" doc:"The worst health warning that nobody acknowledged."`
	RunningTasks           int        `json:"runningTasks" doc:"Number of tasks under way."`
	PendingChanges         int        `json:"pendingChanges" doc:"Number of changes that wait for a confirmation."`
	SeedSource             string     `json:"seedSource,omitempty" doc:"Where the first-boot seed came from."`
	SeedProblems           []string   `json:"seedProblems" nullable:"false" doc:"What was wrong with the first-boot seed; nothing of a bad seed is applied."`
	Crashes                int        `json:"crashes" doc:"How often the appliance software was restarted since the box started."`
}

// Software is an installed package.
type Software struct {
	Name    string `json:"name" doc:"Display name." example:"Base Software 3.3.2"`
	Version string `json:"version" doc:"Product version."`
	Build   string `json:"build,omitempty" doc:"Build identifier."`
}

// Health is the list of health warnings.
type Health struct {
	OK       bool            `json:"ok" doc:"No warning waits for attention."`
	Severity string          `json:"severity" enum:"ok,info,warning,critical" doc:"The worst warning that nobody acknowledged."`
	Warnings []HealthWarning `json:"warnings" nullable:"false" doc:"All warnings, worst first."`
}

// HealthWarning is one thing that needs attention.
type HealthWarning struct {
	Code           string    `json:"code" doc:"Stable code." example:"clock.unsynchronised"`
	Severity       string    `json:"severity" enum:"info,warning,critical" doc:"How bad it is."`
	Text           string    `json:"text" doc:"What is wrong, in one sentence."`
	Fix            string    `json:"fix,omitempty" doc:"What to do about it."`
	FixURL         string    `json:"fixUrl,omitempty" doc:"The page where it is done."`
	Since          time.Time `json:"since" doc:"When it was first seen."`
	Acknowledged   bool      `json:"acknowledged" doc:"Somebody has taken note of it."`
	AcknowledgedBy string    `json:"acknowledgedBy,omitempty" doc:"Who took note of it."`
}

// Status returns the box's identity, version and state.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, http.MethodGet, "/status", nil, nil)
}

// Health returns the health warnings, worst first.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return call[Health](ctx, c, http.MethodGet, "/health", nil, nil)
}

// Acknowledge notes that somebody has seen the warning with the code.
func (c *Client) Acknowledge(ctx context.Context, code string) error {
	_, err := call[none](ctx, c, http.MethodPost, "/health/"+segment(code)+"/acknowledge", nil, nil)
	return err
}

// Installed returns the software that is installed: the Base software first.
func (c *Client) Installed(ctx context.Context) (List[Software], error) {
	return call[List[Software]](ctx, c, http.MethodGet, "/updates/installed", nil, nil)
}
