// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"

	"understudy/appliance/base/updates"
	"understudy/appliance/client/applianceapi"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
	"understudy/web/gate"
	"understudy/web/ui"
)

// maxUpload caps an update file, in bytes.
const maxUpload = 512 << 20

func (a *API) updateOperations(b *builder) {
	const tag = "Updates"
	add(b, operation{
		id: "listInstalled", method: http.MethodGet, path: "/updates/installed", tag: tag,
		summary: "Installed software, the Base software first", policy: gate.SignedIn, scope: "status:read",
	}, a.listInstalled)
	add(b, operation{
		id: "uploadPackage", method: http.MethodPost, path: "/updates/packages", tag: tag, status: http.StatusCreated,
		summary: "Bring an update file", detail: "It is verified while it arrives. Nothing of a refused file is kept.",
		policy: gate.Administrator, scope: "updates:write", upload: true, body: maxUpload, conflicts: true,
	}, a.uploadPackage)
	add(b, operation{
		id: "listPackages", method: http.MethodGet, path: "/updates/packages", tag: tag,
		summary: "Packages on the appliance that can be installed", policy: gate.SignedIn, scope: "updates:read",
	}, a.listPackages)
	add(b, operation{
		id: "installPackage", method: http.MethodPost, path: "/updates/packages/{id}/install", tag: tag, status: http.StatusAccepted,
		summary: "Install a package", detail: "The task goes on after the restart that a package of the Base software brings.",
		policy: gate.AdministratorReauth, scope: "updates:write", conflicts: true,
	}, a.installPackage)
	add(b, operation{
		id: "preflightPackage", method: http.MethodGet, path: "/updates/packages/{id}/preflight", tag: tag,
		summary: "What stands against installing a package now", detail: "What stops it comes first; the rest can be overridden.",
		policy: gate.SignedIn, scope: "updates:read",
	}, a.preflightPackage)
	add(b, operation{
		id: "discardPackage", method: http.MethodDelete, path: "/updates/packages/{id}", tag: tag,
		summary: "Remove a package from the appliance", policy: gate.Administrator, scope: "updates:write",
	}, a.discardPackage)
	add(b, operation{
		id: "checkForUpdates", method: http.MethodPost, path: "/updates/check", tag: tag, status: http.StatusAccepted,
		summary: "Ask the update server", policy: gate.Administrator, scope: "updates:write", conflicts: true,
	}, a.checkForUpdates)
	add(b, operation{
		id: "listAvailable", method: http.MethodGet, path: "/updates/available", tag: tag,
		summary: "What the update server had when it was asked last", policy: gate.SignedIn, scope: "updates:read",
	}, a.listAvailable)
	add(b, operation{
		id: "downloadPackage", method: http.MethodPost, path: "/updates/available/{name}/download", tag: tag, status: http.StatusAccepted,
		summary: "Bring an available package onto the appliance, without installing it", policy: gate.Administrator, scope: "updates:write", conflicts: true,
	}, a.downloadPackage)
	add(b, operation{
		id: "installAvailable", method: http.MethodPost, path: "/updates/available/{name}/install", tag: tag, status: http.StatusAccepted,
		summary: "Bring an available package and install it", detail: "One task, which goes on after the restart that a package of the Base software brings.",
		policy: gate.AdministratorReauth, scope: "updates:write", conflicts: true,
	}, a.installAvailable)
	add(b, operation{
		id: "preflightAvailable", method: http.MethodGet, path: "/updates/available/{name}/preflight", tag: tag,
		summary: "What stands against installing an available package now", detail: "What stops it comes first; the rest can be overridden.",
		policy: gate.SignedIn, scope: "updates:read", conflicts: true,
	}, a.preflightAvailable)
	add(b, operation{
		id: "makeDownloadKey", method: http.MethodPost, path: "/updates/download-key", tag: tag,
		summary: "Make an Appliance Download Key", detail: "It names the appliance to the update server's page, and is valid for seven days.",
		policy: gate.AdministratorReauth, scope: "updates:write", conflicts: true,
	}, a.makeDownloadKey)
	add(b, operation{
		id: "listUpdates", method: http.MethodGet, path: "/updates/history", tag: tag,
		summary: "Updates and how they went, newest first", policy: gate.SignedIn, scope: "updates:read",
	}, a.listUpdates)
	a.agreementOperations(b, tag)
}

// PackageID names a package on the box.
type PackageID struct {
	ID string `path:"id" minLength:"64" maxLength:"64" pattern:"^[0-9a-f]*$" doc:"SHA-256 of the package, in hexadecimal digits."`
}

func (a *API) listInstalled(context.Context, *none) (*answer[applianceapi.List[applianceapi.Software]], error) {
	base := applianceapi.Software{Name: "Base Software " + a.Release.Version, Version: a.Release.Version, Build: a.Release.Build}
	return body(applianceapi.List[applianceapi.Software]{Items: append([]applianceapi.Software{base}, a.sitePackages()...)}), nil
}

// sitePackages is the installed site, as a list of one or none.
func (a *API) sitePackages() []applianceapi.Software {
	list := []applianceapi.Software{}
	if site, ok := a.Updates.InstalledSite(); ok {
		list = append(list, applianceapi.Software{Name: site.Name, Version: site.Version, Build: site.Build})
	}
	return list
}

// uploading is the request that brings a file: its body is read as it arrives.
type uploading struct {
	WaiveExpiry bool `query:"waiveExpiry" doc:"Accept metadata that has expired. It is written down."`
}

func (a *API) uploadPackage(ctx context.Context, in *uploading) (*answer[applianceapi.Package], error) {
	r, err := a.Updates.Upload(ctx, by(ctx), arriving{exchangeOf(ctx).request.Body}, in.WaiveExpiry)
	if err != nil {
		return nil, err
	}
	return body(packageOut(r)), nil
}

// arriving is a file that a caller sends. Its errors are for the caller: that it
// does not arrive whole is no failure of the appliance.
type arriving struct{ io.Reader }

func (a arriving) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		err = refuse(http.StatusRequestEntityTooLarge, "too-large", "The file is too large",
			fmt.Sprintf("The file is larger than any update file: %d MiB are the limit. Nothing of it was kept.", large.Limit>>20))
	case err != nil && !errors.Is(err, io.EOF):
		err = refuse(http.StatusBadRequest, applianceapi.CodeInvalid, "The file did not arrive whole", "The connection broke while it was sent. Nothing of it was kept; send it again.")
	}
	return n, err
}

func (a *API) listPackages(ctx context.Context, _ *none) (*answer[applianceapi.List[applianceapi.Package]], error) {
	all, err := a.Updates.AllReady(ctx)
	if err != nil {
		return nil, err
	}
	out := applianceapi.List[applianceapi.Package]{Items: []applianceapi.Package{}}
	for _, r := range all {
		out.Items = append(out.Items, packageOut(r))
	}
	return body(out), nil
}

func packageOut(r updates.Ready) applianceapi.Package {
	return applianceapi.Package{
		ID: r.ID, Name: r.Name, Kind: string(r.Kind), Version: r.Version, Build: r.Build, Built: r.Built, Bytes: r.Length,
		Restart: r.Restart, Clients: r.Clients, Minutes: r.Minutes, Notes: r.Notes, Origin: r.Origin, By: r.By, At: r.At,
	}
}

func (a *API) installPackage(ctx context.Context, in *struct {
	PackageID
	Body *applianceapi.Install
}) (*answer[applianceapi.Task], error) {
	c, err := a.Updates.OnBox(ctx, in.ID)
	return a.install(ctx, c, err, in.Body)
}

// install submits the install of a candidate, unless err says that there is
// none.
func (a *API) install(ctx context.Context, c updates.Candidate, err error, decided *applianceapi.Install) (*answer[applianceapi.Task], error) {
	if err != nil {
		return nil, err
	}
	var choice updates.Choice
	if decided != nil {
		choice = updates.Choice{Accepted: decided.Accept, Force: decided.Force, Override: decided.Override}
	}
	t, _, err := a.Updates.Install(ctx, by(ctx), c, choice)
	if err != nil {
		return nil, err
	}
	return body(taskOut(t)), nil
}

func (a *API) preflightPackage(ctx context.Context, in *PackageID) (*answer[applianceapi.List[applianceapi.Finding]], error) {
	c, err := a.Updates.OnBox(ctx, in.ID)
	return a.preflight(ctx, c, err)
}

// preflight lists what stands against a candidate, unless err says that there
// is none.
func (a *API) preflight(ctx context.Context, c updates.Candidate, err error) (*answer[applianceapi.List[applianceapi.Finding]], error) {
	if err != nil {
		return nil, err
	}
	found, err := a.Updates.Preflight(ctx, c)
	if err != nil {
		return nil, err
	}
	out := applianceapi.List[applianceapi.Finding]{Items: []applianceapi.Finding{}}
	for _, f := range found {
		out.Items = append(out.Items, applianceapi.Finding(f))
	}
	return body(out), nil
}

func (a *API) discardPackage(ctx context.Context, in *PackageID) (*none, error) {
	return nil, a.Updates.Discard(ctx, by(ctx), in.ID)
}

func (a *API) checkForUpdates(ctx context.Context, _ *none) (*answer[applianceapi.Task], error) {
	t, _, err := a.Updates.Check(ctx, by(ctx))
	if err != nil {
		return nil, err
	}
	return body(taskOut(t)), nil
}

func (a *API) listAvailable(ctx context.Context, _ *none) (*answer[applianceapi.Available], error) {
	offers, at, err := a.Updates.Offers(ctx)
	if err != nil {
		return nil, err
	}
	order, err := a.Updates.Order(ctx)
	if err != nil {
		return nil, err
	}
	out := applianceapi.Available{Items: []applianceapi.Offer{}, Order: []string{}, Checked: at}
	for _, step := range order {
		for _, o := range offers {
			if o.Summary.Equal(step) {
				out.Order = append(out.Order, o.Target.Name)
			}
		}
	}
	for _, o := range offers {
		item := applianceapi.Offer{
			Name: o.Target.Name, Title: o.Summary.Name, Kind: string(o.Summary.Kind), Version: o.Summary.Version, Build: o.Summary.Build, Bytes: o.Target.Length,
			Restart: o.Summary.Restart, Clients: o.Summary.Clients, Minutes: o.Summary.Minutes, Notes: o.Summary.Notes,
			Installable: o.Installable, Reason: o.Reason, Advice: o.Advice, Agreement: o.Target.EULA,
		}
		if o.Here {
			item.Package = hex.EncodeToString(o.Target.SHA256[:])
		}
		if c := o.Summary.Customer; c != nil {
			item.Hostname, item.Licenses, item.Expires = c.Hostname, c.Licenses, c.Expires
		}
		out.Items = append(out.Items, item)
	}
	return body(out), nil
}

// OfferName names an offer.
type OfferName struct {
	Name string `path:"name" minLength:"1" maxLength:"128" doc:"Name of the offer."`
}

func (a *API) installAvailable(ctx context.Context, in *struct {
	OfferName
	Body *applianceapi.Install
}) (*answer[applianceapi.Task], error) {
	c, err := a.Updates.Offered(ctx, in.Name)
	return a.install(ctx, c, err, in.Body)
}

func (a *API) preflightAvailable(ctx context.Context, in *OfferName) (*answer[applianceapi.List[applianceapi.Finding]], error) {
	c, err := a.Updates.Offered(ctx, in.Name)
	return a.preflight(ctx, c, err)
}

func (a *API) downloadPackage(ctx context.Context, in *OfferName) (*answer[applianceapi.Task], error) {
	t, _, err := a.Updates.Download(ctx, by(ctx), in.Name)
	if err != nil {
		return nil, err
	}
	return body(taskOut(t)), nil
}

func (a *API) makeDownloadKey(ctx context.Context, _ *none) (*answer[applianceapi.DownloadKey], error) {
	key, err := a.Updates.DownloadKey(ctx, by(ctx))
	if err != nil {
		return nil, err
	}
	return body(applianceapi.DownloadKey{Key: key}), nil
}

func (a *API) listUpdates(ctx context.Context, _ *none) (*answer[applianceapi.List[applianceapi.Update]], error) {
	all, err := a.Updates.History(ctx)
	if err != nil {
		return nil, err
	}
	out := applianceapi.List[applianceapi.Update]{Items: []applianceapi.Update{}}
	for _, u := range all {
		out.Items = append(out.Items, applianceapi.Update{
			Kind: string(u.Kind), Name: u.Name, From: u.From, To: u.To, State: string(u.State), Reason: u.Reason, By: u.By, Task: u.Task, Started: u.Started, Changed: u.Changed,
		})
	}
	return body(out), nil
}

// packageProblem recognises why a package is not taken or not installed.
func packageProblem(err error) *problem {
	var untrusted *trust.Error
	var malformed *pack.FormatError
	if errors.As(err, &untrusted) || errors.As(err, &malformed) {
		return refuse(http.StatusUnprocessableEntity, applianceapi.CodeInvalid, "The file is refused", ui.Sentence(err.Error()))
	}
	var unmet *plan.Unmet
	var older *plan.Older
	var other *plan.Other
	var bad *updates.BadError
	var stopped *updates.PreflightError
	for _, target := range []any{&unmet, &older, &other, &bad, &stopped} {
		if errors.As(err, target) {
			return refuse(http.StatusConflict, applianceapi.CodeConflict, "The package cannot be installed", ui.Sentence(err.Error()))
		}
	}
	if errors.Is(err, updates.ErrAgreement) {
		return refuse(http.StatusConflict, applianceapi.CodeAgreement, "The licence agreement was not accepted", ui.Sentence(updates.ErrAgreement.Error()))
	}
	for _, known := range []struct {
		err   error
		title string
	}{
		{updates.ErrNoTrust, "The package cannot be installed"},
		{updates.ErrLost, "The package cannot be installed"},
		{updates.ErrReadFirst, "The package cannot be installed"},
		{updates.ErrKeyFromSupport, "There is no download key"},
		{updates.ErrNoIdentity, "There is no download key"},
		{updates.ErrNoServer, "No update server is known"},
	} {
		if errors.Is(err, known.err) {
			return refuse(http.StatusConflict, applianceapi.CodeConflict, known.title, ui.Sentence(known.err.Error()))
		}
	}
	return nil
}
