// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"fmt"
	"time"

	"understudy/appliance/health"
)

// CodeRolledBack is the code of the warning that the newest update of the Base
// software did not work, so that the version before it is back.
const CodeRolledBack = "updates.rolled-back"

// Checks are the health checks of updates.
func (s *Service) Checks() []health.Check {
	return []health.Check{{Code: CodeRolledBack, Every: 10 * time.Second, Run: func(ctx context.Context) *health.Warning {
		u, found, err := s.journal.last(ctx)
		w := &health.Warning{Code: CodeRolledBack, Severity: health.Warn, FixURL: "/appliance/updates"}
		switch {
		case err != nil:
			w.Text, w.Fix = fmt.Sprintf("It is not known how the last update went: %v.", err), "Restart the appliance; if it happens again, report it."
		case found && u.State == RolledBack:
			w.Text = fmt.Sprintf("%s did not work and the appliance is back at %s. %s", u.Name, u.From.Version, u.Reason)
			w.Fix = "Look at the reason; if there is a newer version, install that one."
		default:
			return nil
		}
		return w
	}}}
}
