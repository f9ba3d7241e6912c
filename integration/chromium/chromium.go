// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Chromium is a browser without a window and with an empty profile.
type Chromium struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// Start runs the browser. It speaks to the box under test and to nobody else:
// whatever it would fetch for itself is turned off. It runs until Close.
func Start(ctx context.Context, profile string) (*Chromium, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // Chromium refuses to run as root with it
		chromedp.IgnoreCertErrors,
		chromedp.WSURLReadTimeout(loadLimit), // on a busy host it takes its time to start
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("font-render-hinting", "none"),
	)
	allocator, end := chromedp.NewExecAllocator(ctx, options...)
	browser, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(browser); err != nil {
		end()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	return &Chromium{browser, end}, nil
}

// Close ends the browser.
func (c *Chromium) Close() {
	chromedp.Cancel(c.ctx)
	c.cancel()
}

// Tab is a tab with cookies of its own.
type Tab struct {
	ctx    context.Context
	cancel context.CancelFunc
	complaints
}

// Limits of one step in a tab: a page of an emulated box may take seconds, none
// takes stepLimit. What is pressed may be an upload of a whole image, which takes
// a minute and more on a busy host, and the accessibility checker may as well. A
// page that is asked for over a connection which a restart has cut would use up
// the whole limit, so it has the short one.
const (
	stepLimit = time.Minute
	loadLimit = 5 * time.Minute
)

// Open opens a tab. Whatever goes wrong in it from now on is complained of.
func (c *Chromium) Open() (*Tab, error) {
	t := &Tab{}
	t.ctx, t.cancel = chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.hear))
	err := chromedp.Do(t.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, audits.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument,
			page.AddScriptToEvaluateOnNewDocumentParams{Source: listenForViolations})
		return err
	}))
	if err != nil {
		t.cancel()
		return nil, fmt.Errorf("open a tab: %w", err)
	}
	return t, nil
}

// Close closes the tab.
func (t *Tab) Close() { t.cancel() }

// in is the tab's context, which ends with ctx or when a step takes too long.
func (t *Tab) in(ctx context.Context) context.Context { return t.within(ctx, stepLimit) }

func (t *Tab) within(ctx context.Context, limit time.Duration) context.Context {
	step, cancel := context.WithTimeoutCause(t.ctx, limit, fmt.Errorf("not within %v", limit))
	context.AfterFunc(ctx, cancel)
	return step
}

// Goto opens an address and waits until the page is loaded.
func (t *Tab) Goto(ctx context.Context, url string) (status int, err error) {
	res, err := chromedp.Run(t.in(ctx), chromedp.NavigateResponse(url))
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", url, err)
	}
	if res == nil { // the browser did not report it, as when another page was on its way
		status, err = chromedp.Run(t.in(ctx), chromedp.Evaluate[int](`performance.getEntriesByType("navigation")[0].responseStatus`))
		if err != nil {
			return 0, fmt.Errorf("open %s: %w", url, err)
		}
		return status, nil
	}
	return int(res.Status), nil
}

// Path is where the tab is.
func (t *Tab) Path(ctx context.Context) (string, error) {
	return chromedp.Run(t.in(ctx), chromedp.Evaluate[string](`location.pathname`))
}

// Load does something that leads to another page and waits until that is
// loaded.
func (t *Tab) Load(ctx context.Context, act chromedp.Action[chromedp.Void]) error {
	_, err := chromedp.Run(t.within(ctx, loadLimit), chromedp.WaitEvent(page.LoadEventFired, nil, act))
	return err
}

// Cookie gives the tab a cookie of the site, as a sign-in would have.
func (t *Tab) Cookie(ctx context.Context, url string, c *http.Cookie) error {
	_, err := chromedp.Call(t.in(ctx), network.SetCookie, network.SetCookieParams{
		Name: c.Name, Value: c.Value, URL: url, Path: "/",
		Secure: new(true), HTTPOnly: new(true), SameSite: network.CookieSameSiteStrict,
	})
	if err != nil {
		return fmt.Errorf("set the cookie %s: %w", c.Name, err)
	}
	return nil
}

// Scripts turns scripts of pages on or off, from the next page on.
func (t *Tab) Scripts(ctx context.Context, on bool) error {
	_, err := chromedp.Call(t.in(ctx), emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: !on})
	return err
}

// Block makes everything that the tab asks for at these URL patterns fail;
// without any, nothing.
func (t *Tab) Block(ctx context.Context, patterns ...string) error {
	var params network.SetBlockedURLsParams
	for _, p := range patterns {
		params.URLPatterns = append(params.URLPatterns, &network.BlockPattern{URLPattern: p, Block: true})
	}
	if _, err := chromedp.Call(t.in(ctx), network.SetBlockedURLs, params); err != nil {
		return fmt.Errorf("block %v: %w", patterns, err)
	}
	return nil
}
