// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Prefix is the path below which every operation of the API lies.
const Prefix = "/appliance/api/v1"

// maxAnswer caps what is read of one JSON answer, in bytes. Streams (the audit
// export, a task's events) are not read into memory and have no cap.
const maxAnswer = 16 << 20

// Options say which box to speak to and as whom.
type Options struct {
	URL         string // https://host[:port]; a path is ignored
	Fingerprint string // SHA-256 of the box's certificate in hex; empty: the system's roots decide
	Secret      string // a session's or an API token's secret; empty before sign-in
	Agent       string // User-Agent, shown in the list of sessions
	Timeout     time.Duration
}

// DefaultTimeout bounds one request where Options name no other. It covers a
// password hash on the smallest box.
const DefaultTimeout = 30 * time.Second

// Client calls the API of one box. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	secret  string
	agent   string
	timeout time.Duration
}

// New returns a client for the box that o names. It does not connect.
func New(o Options) (*Client, error) {
	base, err := ParseURL(o.URL)
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.Fingerprint != "" {
		if err := pin(conf, o.Fingerprint); err != nil {
			return nil, err
		}
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	transport := &http.Transport{
		TLSClientConfig:     conf,
		TLSHandshakeTimeout: 10 * time.Second,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        4,
		IdleConnTimeout:     30 * time.Second,
	}
	return &Client{
		base:    base,
		secret:  o.Secret,
		agent:   o.Agent,
		timeout: o.Timeout,
		http: &http.Client{
			Transport: transport,
			// The API never redirects; whoever does is not the API.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// ParseURL checks the address of a box and reduces it to scheme and host.
func ParseURL(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("read the appliance's URL %q: %w", s, err)
	}
	if u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("the appliance's URL %q is not of the form https://host[:port]", s)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// URL returns the box's address, scheme and host.
func (c *Client) URL() string { return c.base.String() }

// Close drops idle connections: after a restart of the box they are dead.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// none is the answer of operations that answer nothing.
type none struct{}

// call sends body (nil: none) and decodes the answer as T.
func call[T any](ctx context.Context, c *Client, method, path string, query url.Values, body any) (T, error) {
	var answer T
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	res, err := c.send(ctx, method, path, query, "application/json", body)
	if err != nil {
		return answer, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNoContent {
		return answer, nil
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return answer, c.sendError(err)
	}
	if len(raw) > maxAnswer {
		return answer, fmt.Errorf("the answer to %s %s is longer than %d bytes", method, path, maxAnswer)
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return answer, fmt.Errorf("%s answers %s %s with something else than this API: %w", c.URL(), method, path, err)
	}
	return answer, nil
}

// send makes one request and returns a response of the 2xx class, whose body
// the caller closes. Anything else is an error: *Problem for what the box
// said, *UnreachableError where it said nothing.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, accept string, body any) (*http.Response, error) {
	if body == nil {
		return c.sendBody(ctx, method, path, query, accept, "", nil)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode the request for %s %s: %w", method, path, err)
	}
	return c.sendBody(ctx, method, path, query, accept, "application/json", bytes.NewReader(raw))
}

// sendBody is send with a body of any type; no type means no body.
func (c *Client) sendBody(ctx context.Context, method, path string, query url.Values, accept, kind string, reader io.Reader) (*http.Response, error) {
	target := c.URL() + Prefix + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, reader)
	if err != nil {
		return nil, fmt.Errorf("make the request %s %s: %w", method, path, err)
	}
	req.Header.Set("Accept", accept)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.secret != "" {
		req.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.sendError(err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, readProblem(res)
}

// sendError keeps the two errors that have a meaning of their own and calls
// the rest unreachable.
func (c *Client) sendError(err error) error {
	var mismatch *FingerprintError
	switch {
	case errors.As(err, &mismatch):
		return mismatch
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return &UnreachableError{URL: c.URL(), Err: err}
}
