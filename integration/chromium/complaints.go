// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// complaints are what the browser, and the page itself, found wrong in a tab.
type complaints struct {
	mu    sync.Mutex
	list  []complaint
	pages map[network.RequestID]bool // requests that were for a page, not for a part of one
}

type complaint struct {
	text    string
	request network.RequestID // that it is about; empty: none
}

// listenForViolations runs before any script of a page. The browser reports
// violations by itself too; this is the page's own view of them.
const listenForViolations = `document.addEventListener("securitypolicyviolation", e =>
	console.error("CSP: " + e.effectiveDirective + " blocked " + (e.blockedURI || "inline") + " " + e.sample))`

// hear is called for every event of the tab.
func (c *complaints) hear(event any) {
	switch e := event.(type) {
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			c.page(e.RequestID)
		}
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			d := e.Issue.Details.ContentSecurityPolicyIssueDetails
			c.add("", "CSP: %s: %s blocked %s", d.ContentSecurityPolicyViolationType, d.ViolatedDirective, d.BlockedURL)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			c.add(e.Entry.NetworkRequestID, "log %s, %s: %s %s", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		c.add("", "script failed: %s", text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			c.add("", "console %s: %s", e.Type, strings.Join(words, " "))
		}
	}
}

func (c *complaints) add(request network.RequestID, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, complaint{fmt.Sprintf(format, args...), request})
}

func (c *complaints) page(request network.RequestID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil {
		c.pages = map[network.RequestID]bool{}
	}
	c.pages[request] = true
}

// Forgive takes back the complaint about the status of a page that was meant
// to be an error. What the page asked for itself, such as a picture, is not
// forgiven.
func (c *complaints) Forgive(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = slices.DeleteFunc(c.list, func(one complaint) bool {
		return c.pages[one.request] && strings.Contains(one.text, fmt.Sprintf("the server responded with a status of %d", status))
	})
}

// ForgiveOutage takes back what was complained of because the box was away on
// purpose: connections that broke, were refused or got no answer, a stream of
// news among them, and the answers of a box that stops and of a door behind
// which nobody was.
func (c *complaints) ForgiveOutage() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = slices.DeleteFunc(c.list, func(one complaint) bool {
		for _, outage := range []string{"net::ERR_", "htmx:sse:error", "htmx:error: Failed to fetch", "htmx:error: timeout", "the server responded with a status of 503"} {
			if strings.Contains(one.text, outage) {
				return true
			}
		}
		return false
	})
}

// Complaints returns what went wrong since it was last called.
func (c *complaints) Complaints() (texts []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.list {
		texts = append(texts, one.text)
	}
	c.list = nil
	return texts
}
