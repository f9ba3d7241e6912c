// SPDX-License-Identifier: Apache-2.0

package appliance

// The paths of the pages, each once.
const (
	pathRoot    = "/appliance"
	pathSite    = "/login" // the other half's sign-in
	pathSignIn  = "/appliance/sign-in"
	pathLive    = "/appliance/live"
	pathPending = "/appliance/pending"

	pathBasics = "/appliance/status/basics"
	pathClock  = "/appliance/status/clock"
	pathReboot = "/appliance/status/reboot"
	pathOff    = "/appliance/status/shut-down"
	pathReset  = "/appliance/status/factory-reset"
	pathHealth = "/appliance/status/health"
	pathTasks  = "/appliance/status/tasks"

	pathUsers   = "/appliance/users"
	pathAccount = "/appliance/my-account"

	pathNetwork = "/appliance/networking/ip"

	pathConsent = "/appliance/networking/clock-step"

	pathSessions = "/appliance/security/sessions"
	pathAudit    = "/appliance/security/audit"
	pathHistory  = "/appliance/security/configuration-history"

	pathUpdates    = "/appliance/updates"
	pathUpload     = "/appliance/updates/upload"
	pathCheck      = "/appliance/updates/check"
	pathAvailable  = "/appliance/updates/available"
	pathKey        = "/appliance/updates/download-key"
	pathPackages   = "/appliance/updates/packages"
	pathAgreements = "/appliance/updates/agreements"
	pathUtilities  = "/appliance/support/utilities"
)
