// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// fieldID finds the field that a label with these words is for. It reads the
// page from outside, so it works with scripts turned off too.
const fieldID = `(() => {
	const words = %q;
	for (const l of document.querySelectorAll("label[for]")) {
		const text = l.textContent.replace(/\s+/g, " ").trim();
		if (text === words || text === words + " optional") return l.htmlFor;
	}
	return "";
})()`

// field is the selector of the field with this label.
func (t *Tab) field(ctx context.Context, label string) (chromedp.ID, error) {
	id, err := chromedp.Run(t.in(ctx), chromedp.Evaluate[string](fmt.Sprintf(fieldID, label)))
	if err == nil && id == "" {
		err = fmt.Errorf("no label has these words")
	}
	if err != nil {
		return "", fmt.Errorf("find the field %q: %w", label, err)
	}
	return chromedp.ID(id), nil
}

// Fill types into the field with this label, in place of what it held.
func (t *Tab) Fill(ctx context.Context, label, value string) error {
	id, err := t.field(ctx, label)
	if err == nil {
		// chromedp.Clear fails on a textarea that is empty.
		empty := chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.getElementById(%q).value = ""`, string(id)))
		err = chromedp.Do(t.in(ctx), empty, chromedp.SendKeys(id, value))
	}
	if err != nil {
		return fmt.Errorf("fill in %q: %w", label, err)
	}
	return nil
}

// Has reports whether the page has a field with this label.
func (t *Tab) Has(ctx context.Context, label string) (bool, error) {
	id, err := chromedp.Run(t.in(ctx), chromedp.Evaluate[string](fmt.Sprintf(fieldID, label)))
	return id != "", err
}

// Attach gives a file to the field with this label.
func (t *Tab) Attach(ctx context.Context, label, path string) error {
	id, err := t.field(ctx, label)
	if err == nil {
		err = chromedp.Do(t.in(ctx), chromedp.SetUploadFiles(id, []string{path}))
	}
	if err != nil {
		return fmt.Errorf("give the file %s to %q: %w", path, label, err)
	}
	return nil
}

// Tick clicks the checkbox with this label.
func (t *Tab) Tick(ctx context.Context, label string) error {
	id, err := t.field(ctx, label)
	if err == nil {
		err = chromedp.Do(t.in(ctx), chromedp.Click(id))
	}
	if err != nil {
		return fmt.Errorf("tick %q: %w", label, err)
	}
	return nil
}

// Press clicks the button with these words and waits for the page that comes.
func (t *Tab) Press(ctx context.Context, words string) error {
	return t.clickThrough(ctx, "button", words)
}

// PressBeside clicks the button of the form that the field with this label
// belongs to, and waits for the page that comes.
func (t *Tab) PressBeside(ctx context.Context, label, words string) error {
	id, err := t.field(ctx, label)
	if err == nil {
		err = t.Load(ctx, chromedp.Click(chromedp.Search(fmt.Sprintf(`//form[.//*[@id="%s"]]//button[normalize-space(.)="%s"]`, id, words))))
	}
	if err != nil {
		return fmt.Errorf("click %q beside %q: %w", words, label, err)
	}
	return nil
}

// Follow clicks the link with these words and waits for the page that comes.
func (t *Tab) Follow(ctx context.Context, words string) error {
	return t.clickThrough(ctx, "a", words)
}

func (t *Tab) clickThrough(ctx context.Context, tag, words string) error {
	if err := t.Load(ctx, chromedp.Click(withWords(tag, words))); err != nil {
		return fmt.Errorf("click %q: %w", words, err)
	}
	return nil
}

// Open clicks what a selector finds, such as a menu, and waits for nothing.
func (t *Tab) Open(ctx context.Context, css string) error {
	if err := chromedp.Do(t.in(ctx), chromedp.Click(chromedp.CSS(css))); err != nil {
		return fmt.Errorf("click %s: %w", css, err)
	}
	return nil
}

// withWords selects by what an element says, in XPath.
func withWords(tag, words string) chromedp.Search {
	if strings.Contains(words, `"`) {
		words = strings.ReplaceAll(words, `"`, ``) // no words of ours have quotes
	}
	return chromedp.Search(fmt.Sprintf(`(//%s[normalize-space(.)="%s" or @aria-label="%s"])[1]`, tag, words, words))
}

// Shows reports whether the page shows the words.
func (t *Tab) Shows(ctx context.Context, words string) (bool, error) {
	return chromedp.Run(t.in(ctx), chromedp.Evaluate[bool](fmt.Sprintf(`document.body.innerText.replace(/\s+/g, " ").includes(%q)`, words)))
}

// Text is what the page shows, every space one.
func (t *Tab) Text(ctx context.Context) (string, error) {
	return chromedp.Run(t.in(ctx), chromedp.Evaluate[string](`document.body.innerText.replace(/\s+/g, " ")`))
}

// Links are the addresses on this box that the page leads to.
func (t *Tab) Links(ctx context.Context) ([]string, error) {
	return chromedp.Run(t.in(ctx), chromedp.Evaluate[[]string](
		`[...new Set([...document.links].map(a => a.getAttribute("href")))].filter(h => h.startsWith("/"))`))
}
