// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"errors"
	"slices"

	"understudy/pkgstore/pack"
)

// Choice is a row of the list of available updates.
type Choice struct {
	Summary     pack.Summary
	Installable bool
	Reason      string // why it is not installable, in the product's words
	Advice      string // the same, naming what has to be installed first; "" if nothing would help
}

// Choices lists what a box may install now or later: Base software first, then
// site software, then add-ons, the newest first within each. What is installed
// or older is left out.
func Choices(s State, offered []pack.Summary) []Choice {
	var list []Choice
	for _, p := range sorted(offered) {
		c := Choice{Summary: p, Installable: true}
		if err := Check(s, p); err != nil {
			var older *Older
			var unmet *Unmet
			switch {
			case errors.As(err, &older):
				continue
			case errors.As(err, &unmet):
				c.Advice = unmet.Advice()
			}
			c.Installable, c.Reason = false, err.Error()
		}
		list = append(list, c)
	}
	return list
}

var order = []pack.Kind{pack.Base, pack.Site, pack.License}

// sorted returns packages in the order of Choices. Packages that compare equal
// keep their order.
func sorted(offered []pack.Summary) []pack.Summary {
	list := slices.Clone(offered)
	slices.SortStableFunc(list, func(a, b pack.Summary) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), b.Compare(a.Release))
	})
	return list
}
