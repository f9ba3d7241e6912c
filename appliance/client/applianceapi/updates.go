// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Package is an update package that lies on the box, verified.
type Package struct {
	ID      string    `json:"id" doc:"SHA-256 of the package, in hexadecimal digits."`
	Name    string    `json:"name" doc:"Display name." example:"Base Software 3.3.2"`
	Kind    string    `json:"kind" enum:"base,site,license" doc:"What it brings."`
	Version string    `json:"version" doc:"Product version."`
	Build   string    `json:"build" doc:"Build identifier."`
	Built   time.Time `json:"built" doc:"When it was built."`
	Bytes   int64     `json:"bytes" doc:"Its size."`
	Restart bool      `json:"restart" doc:"The appliance restarts."`
	Clients bool      `json:"clients" doc:"Clients have to upgrade afterwards."`
	Minutes int       `json:"minutes" doc:"How long an install usually takes."`
	Notes   string    `json:"notes,omitempty" doc:"Release notes."`
	Origin  string    `json:"origin" doc:"How it came onto the appliance: upload or download."`
	By      string    `json:"by" doc:"Who brought it."`
	At      time.Time `json:"at" doc:"Since when it is there."`
}

// Install says what was decided about an install.
type Install struct {
	Accept bool `json:"accept,omitempty" doc:"The licence agreement, where there is one, is accepted."`
	Force  bool `json:"force,omitempty" doc:"Install a version that was tried before and did not work."`

	Override bool `json:"override,omitempty" doc:"Install in spite of what the preflight warns of. It is written down."`
}

// Finding is something that stands against an install, or that whoever installs
// should know first.
type Finding struct {
	Code  string `json:"code" doc:"Stable code." example:"wait-24h"`
	Stops bool   `json:"stops" doc:"It cannot be overridden."`
	Text  string `json:"text" doc:"What was found."`
	Fix   string `json:"fix" doc:"What to do about it."`
	Link  string `json:"link,omitempty" doc:"Path of the page where that is done."`
}

// Update is an update and how it went.
type Update struct {
	Kind    string    `json:"kind" enum:"base,site,license" doc:"What it brought."`
	Name    string    `json:"name" doc:"The package." example:"Base Software 3.3.2"`
	From    string    `json:"from" doc:"Version before; empty if there was none."`
	To      string    `json:"to" doc:"Version of the package."`
	State   string    `json:"state" doc:"How far it has come: fetching, staging, staged, saved, arming, armed, proving, refused, good, rolled back or failed."`
	Reason  string    `json:"reason,omitempty" doc:"Why it did not work."`
	By      string    `json:"by" doc:"Who asked for it."`
	Task    string    `json:"task" doc:"Id of its task."`
	Started time.Time `json:"started" doc:"When it began."`
	Changed time.Time `json:"changed" doc:"When it came to its state."`
}

// Agreement is a licence agreement that was accepted.
type Agreement struct {
	Package string    `json:"package" doc:"The package." example:"Bomgar-12.2.0"`
	Version string    `json:"version" doc:"Its product version."`
	SHA256  string    `json:"sha256" doc:"SHA-256 of the package, in hexadecimal digits."`
	Text    string    `json:"text" doc:"What was accepted."`
	By      Actor     `json:"by" doc:"Who accepted it; factory for what came with the appliance."`
	At      time.Time `json:"at" doc:"When."`
}

// AgreementText is the licence agreement of a package.
type AgreementText struct {
	Text string `json:"text" doc:"What has to be accepted before the package is installed, at most 256 KiB; empty if nothing has to."`
}

// Upload brings an update file. It takes as long as the file does: end it by
// ctx.
func (c *Client) Upload(ctx context.Context, file io.Reader, waiveExpiry bool) (Package, error) {
	var p Package
	var query url.Values
	if waiveExpiry {
		query = url.Values{"waiveExpiry": {"true"}}
	}
	res, err := c.sendBody(ctx, http.MethodPost, "/updates/packages", query, "application/json", "application/octet-stream", file)
	if err != nil {
		return p, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&p); err != nil {
		return p, fmt.Errorf("read the answer to an upload: %w", err)
	}
	return p, nil
}

// Packages lists what can be installed, the newest first.
func (c *Client) Packages(ctx context.Context) (List[Package], error) {
	return call[List[Package]](ctx, c, http.MethodGet, "/updates/packages", nil, nil)
}

// Agreement reads the licence agreement of a package of the box.
func (c *Client) Agreement(ctx context.Context, id string) (AgreementText, error) {
	return call[AgreementText](ctx, c, http.MethodGet, "/updates/packages/"+url.PathEscape(id)+"/agreement", nil, nil)
}

// Install installs a package. The task goes on after a restart of the box.
func (c *Client) Install(ctx context.Context, id string, i Install) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/updates/packages/"+url.PathEscape(id)+"/install", nil, i)
}

// Discard removes a package from the box.
func (c *Client) Discard(ctx context.Context, id string) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/updates/packages/"+url.PathEscape(id), nil, nil)
	return err
}

// Available is what the update server had when it was asked last.
type Available struct {
	Items   []Offer   `json:"items" nullable:"false" doc:"Base software first, the newest first within a kind."`
	Order   []string  `json:"order" nullable:"false" doc:"Names of the offers that lead to the newest software, in the order in which they are installed."`
	Checked time.Time `json:"checked" doc:"When it was asked; zero if it never was."`
}

// Offer is an update that the update server has for the box.
type Offer struct {
	Name        string    `json:"name" doc:"Its name in the repository."`
	Title       string    `json:"title" doc:"Display name." example:"Base Software 3.3.2"`
	Kind        string    `json:"kind" enum:"base,site,license" doc:"What it brings."`
	Version     string    `json:"version" doc:"Product version."`
	Build       string    `json:"build" doc:"Build identifier."`
	Bytes       int64     `json:"bytes" doc:"Size of the package."`
	Restart     bool      `json:"restart" doc:"The appliance restarts."`
	Clients     bool      `json:"clients" doc:"Clients have to upgrade afterwards."`
	Minutes     int       `json:"minutes" doc:"How long an install usually takes."`
	Notes       string    `json:"notes,omitempty" doc:"Release notes."`
	Hostname    string    `json:"hostname,omitempty" doc:"Primary host name of the site it was built for."`
	Licenses    int       `json:"licenses,omitempty" doc:"Representatives at one time."`
	Expires     time.Time `json:"expires,omitzero" doc:"When the licences expire; absent if never."`
	Installable bool      `json:"installable" doc:"It can be installed now."`
	Reason      string    `json:"reason,omitempty" doc:"Why it cannot, in the product's words."`
	Advice      string    `json:"advice,omitempty" doc:"What has to be installed first."`
	Agreement   string    `json:"agreement,omitempty" doc:"Licence agreement that has to be accepted."`
	Package     string    `json:"package,omitempty" doc:"Id of the package, once it is on the appliance."`
}

// Check asks the update server, by a task.
func (c *Client) Check(ctx context.Context) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/updates/check", nil, nil)
}

// Available lists what the update server had when it was asked last.
func (c *Client) Available(ctx context.Context) (Available, error) {
	return call[Available](ctx, c, http.MethodGet, "/updates/available", nil, nil)
}

// Download brings an offered package onto the box, by a task.
func (c *Client) Download(ctx context.Context, name string) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/updates/available/"+url.PathEscape(name)+"/download", nil, nil)
}

// InstallOffer brings an offered package onto the box and installs it, by one
// task, which goes on after a restart of the box.
func (c *Client) InstallOffer(ctx context.Context, name string, i Install) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/updates/available/"+url.PathEscape(name)+"/install", nil, i)
}

// PreflightOffer lists what stands against installing an offered package now.
func (c *Client) PreflightOffer(ctx context.Context, name string) (List[Finding], error) {
	return call[List[Finding]](ctx, c, http.MethodGet, "/updates/available/"+url.PathEscape(name)+"/preflight", nil, nil)
}

// Preflight lists what stands against installing a package of the box now.
func (c *Client) Preflight(ctx context.Context, id string) (List[Finding], error) {
	return call[List[Finding]](ctx, c, http.MethodGet, "/updates/packages/"+url.PathEscape(id)+"/preflight", nil, nil)
}

// DownloadKey is an Appliance Download Key.
type DownloadKey struct {
	Key string `json:"key" doc:"A line to be pasted at the update server's page."`
}

// DownloadKey makes an Appliance Download Key.
func (c *Client) DownloadKey(ctx context.Context) (DownloadKey, error) {
	return call[DownloadKey](ctx, c, http.MethodPost, "/updates/download-key", nil, nil)
}

// Updates lists updates, the newest first.
func (c *Client) Updates(ctx context.Context) (List[Update], error) {
	return call[List[Update]](ctx, c, http.MethodGet, "/updates/history", nil, nil)
}

// AgreementFilter selects accepted agreements; the zero value selects the newest
// of all.
type AgreementFilter struct {
	Before int64
	Limit  int
}

// Agreements lists the licence agreements that were accepted, the newest first.
func (c *Client) Agreements(ctx context.Context, f AgreementFilter) (List[Agreement], error) {
	q := url.Values{}
	values(q).number("before", f.Before)
	values(q).number("limit", int64(f.Limit))
	return call[List[Agreement]](ctx, c, http.MethodGet, "/updates/agreements", q, nil)
}
