// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of what is read of one answer, in bytes, and of how long a server may
// take to begin it. An answer that is no package is there within whole.
const (
	maxAnswer = 64 << 10
	silence   = 30 * time.Second
	whole     = 2 * time.Minute
)

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	// Patience is how slow an answer may be; New sets the usual one.
	Patience Patience

	base *url.URL
	http *http.Client
}

// CertificateError means that the server shows another certificate than before.
type CertificateError struct{ Want, Have string } // SHA-256 in hexadecimal digits

// Error says both fingerprints.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("The update server shows another certificate than before (SHA-256 %s, expected %s): somebody may stand between, or it has a new one.", e.Have, e.Want)
}

// Changed says that the server may have got a new certificate.
func (e *CertificateError) Changed() bool { return true }

// Refusal is what a server says when it refuses.
type Refusal struct {
	Status int
	Code   string // "clock", "unknown-serial", …
	Detail string // a sentence for people

	length int64 // of the file that was asked for, as Package has it
}

// Error is the server's sentence.
func (e *Refusal) Error() string { return e.Detail }

// Clock reports whether a wrong clock of this box may be why.
func (e *Refusal) Clock() bool { return e.Code == "clock" || e.Code == "expired" }

// Strange reports whether what has answered may be no update server, or one in
// trouble: an update server that refuses says why, with a code.
func (e *Refusal) Strange() bool { return e.Code == "" }

// UnreachableError means that no server has answered.
type UnreachableError struct {
	Host string
	Err  error
}

// Error says which server, and why.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the update server %s cannot be reached: %v", e.Host, e.Err)
}

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Unreachable says that the way to the server may be why.
func (e *UnreachableError) Unreachable() bool { return true }

// StrangeError means that what has answered does not speak as an update server
// does.
type StrangeError struct{ Text string }

// Error says what it answered.
func (e *StrangeError) Error() string { return e.Text }

// Strange says that it may be no update server.
func (e *StrangeError) Strange() bool { return true }

// New returns a client for a server, host or host:port. pinned is the SHA-256
// of its certificate in hexadecimal digits, empty at the first contact; learn
// is told what it shows then.
func New(server, pinned string, learn func(fingerprint string) error) (*Client, error) {
	base, err := url.Parse("https://" + strings.TrimSuffix(server, "/"))
	if err != nil || base.Host == "" || base.Path != "" || base.User != nil {
		return nil, fmt.Errorf("the update server %q is not a host or host:port", server)
	}
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection does it
		VerifyConnection: func(s tls.ConnectionState) error {
			have := fingerprint(s.PeerCertificates)
			switch {
			case pinned == "":
				if err := learn(have); err != nil {
					return &learnError{err}
				}
				return nil
			case pinned != have:
				return &CertificateError{Want: pinned, Have: have}
			}
			return nil
		},
	}
	return &Client{Patience: usual, base: base, http: &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: conf, TLSHandshakeTimeout: silence, ResponseHeaderTimeout: silence,
			DialContext: (&net.Dialer{Timeout: silence}).DialContext, MaxIdleConns: 2, IdleConnTimeout: silence,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func fingerprint(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return ""
	}
	sum := sha256.Sum256(chain[0].Raw)
	return hex.EncodeToString(sum[:])
}

// View is what the server lets one box see, for some hours.
type View struct {
	c                         *Client
	metadata, packages, token string
}

// Check checks in with a signed statement. The error is a *Refusal if the
// server answers and will not, a *CertificateError if it is another one.
func (c *Client) Check(ctx context.Context, statement string) (*View, error) {
	ctx, cancel := context.WithTimeout(ctx, whole)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.String()+"/api/v1/check", strings.NewReader(statement))
	if err != nil {
		return nil, fmt.Errorf("ask the update server: %w", err)
	}
	r.Header.Set("Content-Type", "text/plain")
	res, err := c.do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var answer struct{ Metadata, Packages, Token string }
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the update server's answer: %w", err)
	}
	if err := json.Unmarshal(b, &answer); err != nil || !strings.HasPrefix(answer.Metadata, "/") || !strings.HasPrefix(answer.Packages, "/") {
		return nil, &StrangeError{fmt.Sprintf("what answers at %s does not speak as an update server does", c.base.Host)}
	}
	return &View{c: c, metadata: answer.Metadata, packages: answer.Packages, token: answer.Token}, nil
}

// do sends a request and returns an answer of the 2xx class.
func (c *Client) do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	res, err := c.http.Do(r.WithContext(ctx))
	if err != nil {
		cancel(err)
		return nil, c.why(err)
	}
	res.Body = &watched{ReadCloser: res.Body, host: c.base.Host, patience: c.Patience, ctx: ctx, cancel: cancel}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	refusal := &Refusal{Status: res.StatusCode, length: wholeLength(res.Header), Detail: "The update server answers " + res.Status + "."}
	_ = json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(refusal) // what is no problem document leaves the sentence above
	return nil, refusal
}

// why tells what it is of that keeps a request from being answered.
func (c *Client) why(err error) error {
	var other *CertificateError
	var learning *learnError
	switch {
	case errors.As(err, &other):
		return other
	case errors.As(err, &learning):
		return learning.error
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, new(tls.RecordHeaderError)), errors.As(err, new(tls.AlertError)):
		return &StrangeError{fmt.Sprintf("what answers at %s does not speak as an update server does", c.base.Host)}
	}
	return &UnreachableError{Host: c.base.Host, Err: err}
}

// learnError keeps what went wrong on this side apart from what went wrong on
// the other.
type learnError struct{ error }

// Fetch gets a file of the metadata, of at most limit bytes. The error wraps
// fs.ErrNotExist if there is none of that name.
func (v *View) Fetch(ctx context.Context, path string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, whole)
	defer cancel()
	res, err := v.get(ctx, v.metadata+url.PathEscape(path), 0)
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Status == http.StatusNotFound {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s from the update server: %w", path, err)
	}
	if int64(len(b)) > limit {
		return nil, &StrangeError{fmt.Sprintf("the update server sends more than %d bytes of %s", limit, path)}
	}
	return b, nil
}

// Package opens a package from a byte on; began is where it begins, which is 0
// if the server sends all of it. whole is how long the server says that all of
// it is, -1 if it does not. A server that has nothing from that byte on sends
// nothing.
func (v *View) Package(ctx context.Context, name string, from int64) (body io.ReadCloser, began, whole int64, err error) {
	res, err := v.get(ctx, v.packages+url.PathEscape(name), from)
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Status == http.StatusRequestedRangeNotSatisfiable && from > 0 {
		return http.NoBody, from, refusal.length, nil
	}
	if err != nil {
		return nil, 0, -1, err
	}
	if res.StatusCode != http.StatusPartialContent {
		return res.Body, 0, res.ContentLength, nil
	}
	at := res.Header.Get("Content-Range")
	if !strings.HasPrefix(at, fmt.Sprintf("bytes %d-", from)) {
		res.Body.Close()
		return nil, 0, -1, fmt.Errorf("the update server sends another part of %s than the one from byte %d on: %.80q", name, from, at)
	}
	return res.Body, from, wholeLength(res.Header), nil
}

func (v *View) get(ctx context.Context, path string, from int64) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.c.base.String()+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask the update server: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+v.token)
	if from > 0 {
		r.Header.Set("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
	}
	return v.c.do(r)
}

// wholeLength is how long all of a file is of which a part was asked for, -1 if
// the answer does not say.
func wholeLength(h http.Header) int64 {
	_, total, _ := strings.Cut(h.Get("Content-Range"), "/")
	n, err := strconv.ParseInt(total, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
