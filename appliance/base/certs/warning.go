// SPDX-License-Identifier: Apache-2.0

package certs

import (
	"context"
	"fmt"
	"time"

	"understudy/appliance/health"
)

// Codes of the warnings this package gives.
const (
	CodeReplaced = "certs.replaced"
	CodeExpired  = "certs.expired"
)

const (
	// replacedFor is how long health speaks of a replaced certificate.
	replacedFor = 7 * 24 * time.Hour
	checkEvery  = time.Hour
)

// Checks are the health checks of the certificate.
func (k *Keeper) Checks() []health.Check {
	return []health.Check{
		{Code: CodeReplaced, Every: checkEvery, Run: func(context.Context) *health.Warning { return k.replacement() }},
		{Code: CodeExpired, Every: checkEvery, Run: func(context.Context) *health.Warning { return k.expiry() }},
	}
}

func (k *Keeper) replacement() *health.Warning {
	if k.replaced.IsZero() || k.now().Sub(k.replaced) > replacedFor {
		return nil
	}
	return &health.Warning{
		Code: CodeReplaced, Severity: health.Warn,
		Text: fmt.Sprintf("The certificate was damaged and had to be made anew on %s.", k.replaced.UTC().Format("2006-01-02 15:04 UTC")),
		Fix:  "Compare the new fingerprint on the console with the one your browser shows, then accept it there.",
	}
}

func (k *Keeper) expiry() *health.Warning {
	end := k.certificate.Leaf.NotAfter
	if !k.now().After(end) {
		return nil
	}
	return &health.Warning{
		Code: CodeExpired, Severity: health.Warn,
		Text:   fmt.Sprintf("The certificate expired on %s.", end.UTC().Format(time.DateOnly)),
		Fix:    "Check the clock of the appliance and its time servers.",
		FixURL: "/appliance/networking/ip",
	}
}
