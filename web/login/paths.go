// SPDX-License-Identifier: Apache-2.0

package login

// The paths of the pages, each once.
const (
	pathRoot           = "/login"
	pathSignIn         = "/login/sign-in"
	pathSignOut        = "/login/sign-out"
	pathChangePassword = "/login/change-password"
	pathTheme          = "/login/theme"

	pathInformation = "/login/status/information"
	pathAccount     = "/login/my-account"
)
