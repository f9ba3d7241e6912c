// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
)

// RunSite starts the program of a generation, "a" or "b", and keeps it up. It
// is an error if it runs already.
func (l *Link) RunSite(ctx context.Context, generation string) error {
	_, err := l.ask(ctx, linkRequest{Do: doRunSite, Generation: generation})
	return err
}

// MigrateSite starts the program of a generation to bring its database up to
// date and to end. SiteStatus tells how that went.
func (l *Link) MigrateSite(ctx context.Context, generation string) error {
	_, err := l.ask(ctx, linkRequest{Do: doMigrateSite, Generation: generation})
	return err
}

// StopSite tells the program of a generation to end. SiteStatus tells when it
// has; if it takes too long, it is killed.
func (l *Link) StopSite(ctx context.Context, generation string) error {
	_, err := l.ask(ctx, linkRequest{Do: doStopSite, Generation: generation})
	return err
}

// SiteStatus tells what became of the program of a generation. One that was
// never started has the zero value.
func (l *Link) SiteStatus(ctx context.Context, generation string) (SiteProcess, error) {
	answer, err := l.ask(ctx, linkRequest{Do: doSiteStatus, Generation: generation})
	if err != nil {
		return SiteProcess{}, err
	}
	if answer.Site == nil {
		return SiteProcess{}, errors.New("asking the supervisor (site-status): the answer holds none")
	}
	return *answer.Site, nil
}
