// SPDX-License-Identifier: Apache-2.0

package services

import (
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/base/certs"
	"understudy/appliance/base/clock"
	"understudy/appliance/base/identity"
	"understudy/appliance/base/network"
	"understudy/appliance/base/power"
	"understudy/appliance/base/updates"
	"understudy/appliance/confirm"
	"understudy/appliance/health"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/task"
)

// Appliance is what /appliance manages. Every field but Boot and Release is
// required; each service is safe for concurrent use.
type Appliance struct {
	Release layout.Release // which Base software this is
	Boot    boot.Report    // how this start went: seed problems, lost state, crashes

	Accounts *account.Accounts
	Tasks    *task.Runner
	Audit    *audit.Log
	Book     *revision.Book
	Guard    *confirm.Guard
	Health   *health.Board

	Network  *network.Service
	Clock    *clock.Service
	Power    *power.Service
	Identity *identity.Service
	Certs    *certs.Keeper
	Updates  *updates.Service

	Now func() time.Time
}
