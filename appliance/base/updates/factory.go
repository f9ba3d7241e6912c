// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"understudy/appliance/audit"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// factory is who installs what came with the box: nobody, for whom clients
// would have to wait.
var factory = audit.Actor{Name: "factory", Via: audit.System.Via}

// InstallFactorySite installs the site package that came with the box, by the
// ordinary way, if none is installed and none ever was: also after a factory
// reset, which forgets what was. It waits until the boot partition can be
// mounted, and returns when the task has been submitted.
// An error says why there is no site; the next start tries again.
//
// The agreement is taken as accepted by whoever put the package there. That the
// file's metadata has expired is no reason to refuse it: an appliance may have
// waited in its box for long.
func (s *Service) InstallFactorySite(ctx context.Context) (t task.Task, begun bool, err error) {
	if _, installed := s.Site.Current(); installed || s.Factory == nil || s.Lost != "" {
		return t, false, nil
	}
	before, err := s.journal.past(ctx, `kind = ? AND reason <> ?`, 1, string(pack.Site), interrupted)
	if err != nil || len(before) > 0 {
		return t, false, err
	}
	var file io.ReadCloser
	err = patiently(ctx, func(bool) (early bool, err error) {
		file, err = s.Factory(ctx)
		return tooEarly(err), err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("open the site package that came with the appliance: %w", err)
	}
	ready, err := s.Upload(ctx, factory, file, true)
	if err = errors.Join(err, file.Close()); err != nil {
		return t, false, fmt.Errorf("the site package that came with the appliance is refused: %w", err)
	}
	c, err := s.OnBox(ctx, ready.ID)
	if err != nil {
		return t, false, err
	}
	if c.Kind != pack.Site {
		return t, false, errors.Join(fmt.Errorf("the appliance came with %s, which is no site package", c.Name), s.forget(ctx, c.ID))
	}
	return s.Install(ctx, factory, c, Choice{Accepted: true, Override: true})
}
