// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Save clicks the link with these words, which leads to a file, and waits until
// the browser has saved that in a directory, under the name that the server
// gives it.
func (t *Tab) Save(ctx context.Context, words, dir string) (path string, err error) {
	step := t.in(ctx)
	tab := chromedp.FromContext(t.ctx)
	_, err = chromedp.CallBrowser(step, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: tab.BrowserContextID, DownloadPath: dir, EventsEnabled: new(true),
	})
	if err != nil {
		return "", fmt.Errorf("save %q: %w", words, err)
	}
	// Subscribed to before the click, so that nothing comes too early.
	began := cdp.Events(step, tab.Browser, browser.DownloadWillBegin)
	progress := cdp.Events(step, tab.Browser, browser.DownloadProgress)
	if err := chromedp.Do(step, chromedp.Click(withWords("a", words))); err != nil {
		return "", fmt.Errorf("save %q: %w", words, err)
	}
	var file browser.EventDownloadWillBegin
	for file, err = range began {
		break
	}
	if err != nil {
		return "", fmt.Errorf("save %q: no download began: %w", words, err)
	}
	for p, err := range progress {
		switch {
		case err != nil:
			return "", fmt.Errorf("save %s: %w", file.SuggestedFilename, err)
		case p.GUID != file.GUID:
		case p.State == browser.DownloadProgressStateCompleted:
			return filepath.Join(dir, file.SuggestedFilename), nil
		case p.State == browser.DownloadProgressStateCanceled:
			return "", fmt.Errorf("save %s: the browser gave up after %.0f of %.0f bytes", file.SuggestedFilename, p.ReceivedBytes, p.TotalBytes)
		}
	}
	return "", fmt.Errorf("save %s: the browser has ended", file.SuggestedFilename)
}
