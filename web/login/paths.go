// SPDX-License-Identifier: Apache-2.0

package login

// The paths of the pages, each once.
const (
	pathRoot = "/login"

	pathInformation = "/login/status/information"
	pathAccount     = "/login/my-account"
)
