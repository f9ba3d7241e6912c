// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) utilityOperations(b *builder) {
	add(b, operation{
		id: "ping", method: http.MethodPost, path: "/utilities/ping", tag: "Utilities",
		summary: "Ping a host from the appliance", policy: gate.Administrator, scope: "support:write",
	}, a.ping)
	add(b, operation{
		id: "lookup", method: http.MethodPost, path: "/utilities/lookup", tag: "Utilities",
		summary: "Look a name up in the DNS", policy: gate.Administrator, scope: "support:write",
	}, a.lookup)
	add(b, operation{
		id: "tcpTest", method: http.MethodPost, path: "/utilities/tcp-test", tag: "Utilities",
		summary: "Open a TCP connection from the appliance", policy: gate.Administrator, scope: "support:write",
	}, a.tcpTest)
}

func (a *API) ping(ctx context.Context, in *request[applianceapi.PingRequest]) (*answer[applianceapi.PingResult], error) {
	r, err := a.Network.Ping(ctx, in.Body.Host, in.Body.Count)
	if err != nil {
		return nil, err
	}
	out := applianceapi.PingResult{Address: r.Address, Sent: r.Sent, Received: r.Received, RoundTripsMs: []float64{}, Problem: r.Problem}
	for _, d := range r.RoundTrips {
		out.RoundTripsMs = append(out.RoundTripsMs, millis(d))
	}
	return body(out), a.used(ctx, "ping", in.Body.Host, r.Received > 0, "Answered", "No answer")
}

func (a *API) lookup(ctx context.Context, in *request[applianceapi.LookupRequest]) (*answer[applianceapi.LookupResult], error) {
	r, err := a.Network.Lookup(ctx, in.Body.Name, in.Body.Type)
	if err != nil {
		return nil, err
	}
	out := applianceapi.LookupResult{Server: r.Server, Records: []applianceapi.LookupRecord{}, Millis: millis(r.Elapsed), Problem: r.Problem}
	for _, x := range r.Records {
		out.Records = append(out.Records, applianceapi.LookupRecord{Name: x.Name, Type: x.Type, Value: x.Data, TTLSeconds: int64(x.TTL / time.Second)})
	}
	return body(out), a.used(ctx, "dns", in.Body.Name, r.Problem == "", "Answered", "No answer")
}

func (a *API) tcpTest(ctx context.Context, in *request[applianceapi.TCPTestRequest]) (*answer[applianceapi.TCPTestResult], error) {
	r, err := a.Network.TCPTest(ctx, in.Body.Host, in.Body.Port)
	if err != nil {
		return nil, err
	}
	out := applianceapi.TCPTestResult{OK: r.OK, Address: r.Address, Millis: millis(r.Elapsed), Problem: r.Problem}
	return body(out), a.used(ctx, "tcp", in.Body.Host, r.OK, "Connected", "Not connected")
}

// used notes in the audit log that a utility was pointed at something, in the
// words of the page.
func (a *API) used(ctx context.Context, utility, object string, ok bool, yes, no string) error {
	entry := audit.Entry{Action: "support." + utility, Object: object, Outcome: audit.OK, Detail: no}
	if ok {
		entry.Detail = yes
	}
	return a.Audit.Append(ctx, by(ctx), entry)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
