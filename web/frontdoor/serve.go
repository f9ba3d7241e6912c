// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// CertificateFunc chooses the certificate for a client.
type CertificateFunc = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// TLS is what clients are offered: 1.2 and 1.3, and no suite without forward
// secrecy or with CBC.
func (d *Door) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: d.config.Certificate,
		NextProtos:     []string{"h2", "http/1.1"},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}

// grace is how long requests under way may take to end when the door closes.
const grace = 5 * time.Second

// Serve answers on secure, the TCP listener of port 443, and on plain, that of
// port 80, which may be nil. It returns when ctx ends, with nil, or when a
// listener fails; both listeners are then closed.
func (d *Door) Serve(ctx context.Context, secure, plain net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	limits := newLimits(d.config.Connections, d.config.PerAddress)
	pages := d.server(ctx, d)
	servers := []*http.Server{pages}
	failed := make(chan error, 2)
	go func() { failed <- pages.Serve(tls.NewListener(&bounded{secure, limits}, d.TLS())) }()
	if plain != nil {
		redirect := d.server(ctx, http.HandlerFunc(d.Redirect))
		servers = append(servers, redirect)
		go func() { failed <- redirect.Serve(&bounded{plain, limits}) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop() // streams end with it
	last, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for _, s := range servers {
		if s.Shutdown(last) != nil {
			s.Close()
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (d *Door) server(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       d.config.Timeout,
		WriteTimeout:      d.config.Timeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    d.config.HeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 64},
		ErrorLog:          log.New(errorWriter{d.config.Errors}, "", 0),
	}
}

// errorWriter hands on what net/http has to say of connections.
type errorWriter struct{ tell func(string) }

func (e errorWriter) Write(b []byte) (int, error) {
	if e.tell != nil {
		e.tell(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}

var _ io.Writer = errorWriter{}
