// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"understudy/pkgstore/server"
)

func (c *command) serve() *cobra.Command {
	var listen, certificate string
	var names []string
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve updates over HTTPS", Args: cobra.NoArgs,
		RunE: c.with(func(cmd *cobra.Command, _ []string, s *server.Server) error {
			if certificate == "" {
				certificate = filepath.Join(c.config.Data, "tls.pem")
			}
			cert, fingerprint, err := server.Certificate(certificate, names, time.Now())
			if err != nil {
				return err
			}
			l, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "update server on https://%s/\nSHA-256 fingerprint of its certificate: %s\n", l.Addr(), fingerprint)
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			h, err := s.Handler(log)
			if err != nil {
				return errors.Join(err, l.Close())
			}
			return (&site{handler: h, log: log, grace: 5 * time.Second, pause: time.Minute}).serve(cmd.Context(), l, cert)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8443", "address to listen on")
	f.StringVar(&c.config.Packages, "packages", "", "directory of what is offered (default: packages in -data)")
	f.BoolVar(&c.config.Open, "open", false, "let unknown appliances join the default customer")
	f.StringVar(&certificate, "certificate", "", "certificate and key, PEM (default: a self-signed one, made in -data)")
	f.StringSliceVar(&names, "names", []string{"localhost", "127.0.0.1", "::1"}, "host names and addresses in a self-signed certificate")
	return cmd
}

// site is what answers over HTTPS.
type site struct {
	handler http.Handler
	log     *slog.Logger
	grace   time.Duration // for running answers to end
	pause   time.Duration // for who is sent something to take it; 0: for ever
	running sync.WaitGroup
}

// serve answers until ctx ends. It lets running answers end for a while, cuts
// the rest, and returns when all of them have noted what they have sent.
func (s *site) serve(ctx context.Context, l net.Listener, cert tls.Certificate) error {
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}},
		ErrorLog:  slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.ServeTLS(l, "", "") }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer cancel()
	err := srv.Shutdown(wait)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	s.running.Wait()
	return err
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Done()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // that of the answer before
	s.handler.ServeHTTP(&steady{ResponseWriter: w, pause: s.pause}, r)
}

// steady is a response that may take as long as its reader goes on reading. One
// who stopped would hold a connection and a file for as long as he likes.
type steady struct {
	http.ResponseWriter
	pause time.Duration
}

func (s *steady) Write(p []byte) (int, error) {
	if s.pause > 0 {
		// What cannot be set ends with the connection.
		_ = http.NewResponseController(s.ResponseWriter).SetWriteDeadline(time.Now().Add(s.pause))
	}
	return s.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (s *steady) Unwrap() http.ResponseWriter { return s.ResponseWriter }
