// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"testing"
	"time"

	"understudy/appliance/task"
	"understudy/web/appliance/appliancetest"
	"understudy/web/frontdoor"
)

var serve = flag.String("serve", "", "instead of testing, serve a furnished box over TLS at this address, to look at: admin / "+appliancetest.Password)

func TestMain(m *testing.M) {
	flag.Parse()
	if *serve == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	o := &onlooker{ctx: ctx}
	show(o)
	stop()
	o.end()
}

// show serves a box with something on every page and a task under way.
func show(t testing.TB) {
	b := appliancetest.Build(t, appliancetest.Options{Changed: true})
	furnish(t, b)
	_, _, err := b.Tasks.Submit(t.Context(), adminActor, task.Spec{Kind: "test", Title: "Check all packages", Phases: []string{"Read", "Compare", "Report"}, Estimate: 10 * time.Minute,
		Run: func(ctx context.Context, p *task.Progress) error {
			for i := range 100 {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(3 * time.Second):
				}
				p.Percent(i)
				p.Phase(i / 34)
				p.Log("Package %d is as it should be", i+1)
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	door, err := frontdoor.New(frontdoor.Config{Appliance: b.Gate, Certificate: b.Certs.GetCertificate})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", *serve)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("https://%s/appliance, admin / %s, carol / %s\n", *serve, appliancetest.Password, readerPassword)
	if err := door.Serve(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
}

// onlooker takes the place of a test for somebody who looks at pages.
type onlooker struct {
	testing.TB
	ctx  context.Context
	ends []func()
}

func (o *onlooker) Helper()                   {}
func (o *onlooker) Context() context.Context  { return o.ctx }
func (o *onlooker) Cleanup(f func())          { o.ends = append(o.ends, f) }
func (o *onlooker) Errorf(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) }
func (o *onlooker) Fatal(a ...any)            { fmt.Fprintln(os.Stderr, a...); o.end(); os.Exit(1) }
func (o *onlooker) Fatalf(f string, a ...any) { o.Fatal(fmt.Sprintf(f, a...)) }

func (o *onlooker) TempDir() string {
	dir, err := os.MkdirTemp("", "understudy-look")
	if err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (o *onlooker) end() {
	for i := len(o.ends) - 1; i >= 0; i-- {
		o.ends[i]()
	}
	o.ends = nil
}
