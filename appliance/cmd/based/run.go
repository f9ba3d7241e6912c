// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"understudy/appliance/base/boot"
	"understudy/appliance/base/certs"
)

func run(ctx context.Context, log *slog.Logger) error {
	link, err := boot.Dial()
	if err != nil {
		return err
	}
	keeper, err := certs.Open("/state/certs", certs.Names{Hostname: "appliance"}, time.Now)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", ":443")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "understudy")
	})}
	go server.Serve(tls.NewListener(l, &tls.Config{GetCertificate: keeper.GetCertificate}))
	fmt.Println("understudy: listening on 443")
	tick := time.NewTicker(5 * time.Second)
	for {
		if err := link.Healthy(ctx); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-link.Lost():
			return fmt.Errorf("supervisor gone")
		case <-ctx.Done():
			return nil
		}
	}
}
