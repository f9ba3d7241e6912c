// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/web/gate"
)

// Routes lists every page of /appliance and who may call it.
func (p *Pages) Routes() []gate.Route {
	routes := p.door.Routes()
	for _, a := range p.ui.Assets() {
		routes = append(routes, gate.Route{Method: http.MethodGet, Pattern: a.Path, Policy: gate.Public, Handler: a.ServeHTTP})
	}
	get := func(path string, a action) {
		routes = append(routes, gate.Route{Method: http.MethodGet, Pattern: path, Policy: gate.SignedIn, Handler: p.handle(a)})
	}
	// ask is the page before something that only administrators may do.
	ask := func(path string, a action) {
		routes = append(routes, gate.Route{Method: http.MethodGet, Pattern: path, Policy: gate.Administrator, Handler: p.handle(a)})
	}
	post := func(path string, policy gate.Policy, a action) {
		routes = append(routes, gate.Route{Method: http.MethodPost, Pattern: path, Policy: policy, Handler: p.handle(a)})
	}
	// again is for what asks for the password once more, and says what for.
	again := func(path string, policy gate.Policy, act string, a action) {
		routes = append(routes, gate.Route{Method: http.MethodPost, Pattern: path, Policy: policy, Act: act, Handler: p.handle(a)})
	}
	routes = append(routes, gate.Route{Method: http.MethodGet, Pattern: pathLive, Policy: gate.SignedIn, Stream: true, Handler: p.handle(p.stream)})
	get(pathRoot, p.showRoot)

	get(pathBasics, p.showBasics)
	post(pathClock, gate.Administrator, p.changeClock)
	for _, kind := range []powerPage{rebootPage, offPage, resetPage} {
		ask(kind.path, p.askPower(kind))
	}
	again(pathReboot, gate.AdministratorReauth, "restart the appliance", p.reboot)
	again(pathOff, gate.AdministratorReauth, "shut the appliance down", p.shutDown)
	again(pathReset, gate.AdministratorReauth, "reset the appliance to factory defaults", p.factoryReset)
	get(pathHealth, p.showHealth)
	post(pathHealth+"/{code}/acknowledge", gate.Administrator, p.acknowledge)
	get(pathTasks, p.listTasks)
	get(pathTasks+"/{id}", p.showTask)

	get(pathUsers, p.listUsers)
	ask(pathUsers+"/new", p.askUser)
	again(pathUsers, gate.AdministratorReauth, "add a user", p.addUser)
	ask(pathUsers+"/{id}", p.askUserChange)
	again(pathUsers+"/{id}", gate.AdministratorReauth, "change a user", p.changeUser)
	ask(pathUsers+"/{id}/delete", p.askUserDelete)
	again(pathUsers+"/{id}/delete", gate.AdministratorReauth, "delete a user", p.deleteUser)
	post(pathUsers+"/{id}/unlock", gate.Administrator, p.unlockUser)

	get(pathAccount, p.showAccount)
	post(pathAccount+"/name", gate.SignedIn, p.renameSelf)
	post(pathAccount+"/password", gate.SignedIn, p.changeOwnPassword)
	post(pathAccount+"/sessions/{id}/end", gate.SignedIn, p.endOwnSession)
	again(pathAccount+"/tokens", gate.SignedInReauth, "make an API token", p.addToken)
	post(pathAccount+"/tokens/{id}/revoke", gate.SignedIn, p.revokeToken)

	get(pathNetwork, p.showNetwork)
	post(pathNetwork+"/global", gate.Administrator, p.changeGlobal)
	post(pathNetwork+"/global/preview", gate.Administrator, p.previewGlobal)
	ask(cardPath("{name}"), p.askCard)
	post(cardPath("{name}"), gate.Administrator, p.changeCard)
	post(cardPath("{name}")+"/preview", gate.Administrator, p.previewCard)
	ask(cardPath("{name}")+"/new-address", p.askAddress(p.fresh))
	post(cardPath("{name}")+"/new-address", gate.Administrator, p.changeAddress(p.fresh))
	post(cardPath("{name}")+"/new-address/preview", gate.Administrator, p.previewAddress(p.fresh))
	ask(addressPath("{id}"), p.askAddress(p.existing))
	post(addressPath("{id}"), gate.Administrator, p.changeAddress(p.existing))
	post(addressPath("{id}")+"/preview", gate.Administrator, p.previewAddress(p.existing))
	post(addressPath("{id}")+"/delete", gate.Administrator, p.deleteAddress)
	again(pathConsent, gate.AdministratorReauth, "set the clock", p.consent)
	post(pathPending+"/{id}/keep", gate.Administrator, p.keep)
	post(pathPending+"/{id}/undo", gate.Administrator, p.undo)

	get(pathSessions, p.listSessions)
	post(pathSessions+"/{id}/end", gate.Administrator, p.endSession)
	get(pathAudit, p.showAudit)
	get(pathAudit+"/verification", p.verifyAudit)
	get(pathAudit+"/export", p.exportAudit)
	get(pathHistory, p.listRevisions)
	get(pathHistory+"/{id}", p.showRevision)
	again(pathHistory+"/{id}/revert", gate.AdministratorReauth, "revert a revision of the configuration", p.revert)

	get(pathUpdates, p.showUpdates)
	routes = append(routes, gate.Route{Method: http.MethodPost, Pattern: pathUpload, Policy: gate.Administrator, Upload: true, MaxBody: maxUpload, Handler: p.handle(p.uploadPackage)})
	post(pathCheck, gate.Administrator, p.checkForUpdates)
	// Who loads again what such a form answered with comes back to the form.
	get(pathUpload, leadTo(pathUpdates+"#manual"))
	get(pathCheck, leadTo(pathUpdates+"#check"))
	get(pathKey, leadTo(pathUpdates+"#download-key"))
	ask(pathAvailable+"/{name}", p.askOffered)
	again(pathAvailable+"/{name}/install", gate.AdministratorReauth, "install an update", p.installOffered)
	post(pathAvailable+"/{name}/download", gate.Administrator, p.downloadPackage)
	again(pathKey, gate.AdministratorReauth, "make an appliance download key", p.makeKey)
	ask(pathPackages+"/{id}", p.askInstall)
	again(pathPackages+"/{id}/install", gate.AdministratorReauth, "install an update", p.installPackage)
	post(pathPackages+"/{id}/discard", gate.Administrator, p.discardPackage)
	get(pathAgreements, p.listAgreements)
	get(pathUtilities, p.showUtilities)
	post(pathUtilities+"/tcp", gate.Administrator, p.testTCP)
	post(pathUtilities+"/dns", gate.Administrator, p.lookUp)
	post(pathUtilities+"/ping", gate.Administrator, p.ping)
	return routes
}
