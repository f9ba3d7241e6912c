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
			return serve(cmd.Context(), s, l, cert, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
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

// serve answers until ctx ends, and then lets running answers end for a while.
func serve(ctx context.Context, s *server.Server, l net.Listener, cert tls.Certificate, log *slog.Logger) error {
	h, err := s.Handler(log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}},
		ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.ServeTLS(l, "", "") }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(wait); errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	} else if err != nil {
		return err
	}
	return nil
}
