// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Scheme is the reader's choice of colours.
type Scheme string

// The two schemes.
const (
	Light Scheme = "light"
	Dark  Scheme = "dark"
)

// The two widths in CSS pixels at which pages are looked at: a desk and a
// telephone.
const (
	Desk      = 1280
	Telephone = 360
)

// height is that of the screen; pictures are as high as the page.
const height = 800

// Look sets the screen's width and the colours that the reader prefers. Things
// do not move, so that every picture of a page is the same.
func (t *Tab) Look(ctx context.Context, width int, scheme Scheme) error {
	return t.screen(ctx, width, height, scheme)
}

func (t *Tab) screen(ctx context.Context, width, height int, scheme Scheme) error {
	err := chromedp.Do(t.in(ctx), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: string(scheme)},
				{Name: "prefers-reduced-motion", Value: "reduce"},
			},
		})
		return err
	}), chromedp.EmulateViewport(int64(width), int64(height)))
	if err != nil {
		return fmt.Errorf("look at the page %d wide in %s: %w", width, scheme, err)
	}
	return nil
}

// stickingOut finds what is wider than the screen and does not lie in a part
// of the page that scrolls by itself, and parts that have to be scrolled
// sideways although they hold no lines of text that must not be broken.
const stickingOut = `(() => {
	const root = document.documentElement, found = [];
	const scrolls = e => { for (; e && e !== root; e = e.parentElement) {
		if (e !== document.body && getComputedStyle(e).overflowX !== "visible") return true } return false };
	for (const e of document.querySelectorAll("body *")) {
		const box = e.getBoundingClientRect();
		if (box.width > 1 && box.height > 1 && (box.right > root.clientWidth + 1 || box.left < -1) && !scrolls(e.parentElement))
			found.push(e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (e.className && e.className.baseVal === undefined ? "." + e.className.split(" ").join(".") : "") +
				" from " + Math.round(box.left) + " to " + Math.round(box.right));
	}
	for (const e of document.querySelectorAll("body *"))
		if (/auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1 && !e.matches(".diff, .log, pre, select, input, textarea") && root.clientWidth < 600)
			found.push("one has to scroll sideways in " + (e.ariaLabel || e.tagName.toLowerCase() + "." + e.className) + ": " + e.scrollWidth + " in " + e.clientWidth);
	if (root.scrollWidth > root.clientWidth) found.push("the page is " + root.scrollWidth + " wide and the screen " + root.clientWidth);
	return found.slice(0, 8);
})()`

// StickingOut lists what reaches beyond the screen's sides.
func (t *Tab) StickingOut(ctx context.Context) ([]string, error) {
	found, err := chromedp.Run(t.in(ctx), chromedp.Evaluate[[]string](stickingOut))
	if err != nil {
		return nil, fmt.Errorf("measure the page: %w", err)
	}
	return found, nil
}

// Measure runs a script that says in words what is wrong with the page; empty if
// nothing is.
func (t *Tab) Measure(ctx context.Context, script string) (wrong string, err error) {
	if wrong, err = chromedp.Run(t.in(ctx), chromedp.Evaluate[string](script)); err != nil {
		return "", fmt.Errorf("measure the page: %w", err)
	}
	return wrong, nil
}

// Picture writes the whole page, at a width and in a scheme, to a PNG file.
func (t *Tab) Picture(ctx context.Context, path string, width int, scheme Scheme) error {
	whole, err := chromedp.Run(t.in(ctx), chromedp.Evaluate[int](`document.documentElement.scrollHeight`))
	if err == nil {
		err = t.screen(ctx, width, max(whole, height), scheme)
	}
	if err != nil {
		return fmt.Errorf("take a picture of the page: %w", err)
	}
	res, err := chromedp.Call(t.in(ctx), page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, OptimizeForSpeed: new(true),
	})
	if err != nil {
		return fmt.Errorf("take a picture of the page: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keep the picture of a page: %w", err)
	}
	if err := os.WriteFile(path, res.Data, 0o644); err != nil {
		return fmt.Errorf("keep the picture of a page: %w", err)
	}
	return t.Look(ctx, width, scheme)
}
