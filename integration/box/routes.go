// SPDX-License-Identifier: Apache-2.0

package box

import (
	"testing"

	"understudy/web/api"
	"understudy/web/appliance"
	"understudy/web/gate"
	"understudy/web/services"
)

// Routes is every route of /appliance, its API included, as the box serves
// them: from the same functions, with nothing behind them.
func Routes(t testing.TB) []gate.Route {
	t.Helper()
	none := &services.Appliance{}
	pages, err := appliance.New(none)
	if err != nil {
		t.Fatal(err)
	}
	return append(pages.Routes(), api.Routes(none)...)
}
