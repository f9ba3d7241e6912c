// SPDX-License-Identifier: Apache-2.0

package services

import "understudy/appliance/account"

// Scope is something an API token may be allowed to do, never more than its
// account's role allows.
type Scope struct {
	Name string // what routes name: "tasks:read"
	Text string // what it lets a program do
	Role account.Role
}

// Scopes lists every scope, in the order in which a form offers them. Each
// route of the API names one of them.
func Scopes() []Scope {
	return []Scope{
		{"status:read", "See status, health and identity", account.ReadOnly},
		{"tasks:read", "Follow tasks and their logs", account.ReadOnly},
		{"network:read", "See the network configuration", account.ReadOnly},
		{"network:write", "Change network, clock and time zone", account.Administrator},
		{"users:read", "See users", account.ReadOnly},
		{"users:write", "Add, change and delete users", account.Administrator},
		{"audit:read", "Read, export and verify the audit log", account.ReadOnly},
		{"security:read", "See sessions and configuration history", account.ReadOnly},
		{"security:write", "End sessions, revert configuration that the token may change, acknowledge warnings", account.Administrator},
		{"updates:read", "See packages and past updates", account.ReadOnly},
		{"updates:write", "Bring and install packages", account.Administrator},
		{"power:write", "Restart, shut down and reset the appliance", account.Administrator},
		{"support:write", "Use the network utilities", account.Administrator},
	}
}
