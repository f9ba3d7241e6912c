// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/network/resolver"
	"understudy/appliance/base/network/tools"
	"understudy/web/gate"
	"understudy/web/ui"
)

// tool is one of the network utilities: its form, and what came of it.
type tool struct {
	Heading ui.Heading
	Form    ui.Form
	Ran     bool
	Outcome ui.Pill
	Text    string
	Facts   []ui.Fact
	Records []resolver.Record
}

type utilitiesView struct {
	MayRun bool
	Tools  []tool
}

// maxPings is how many echo requests the form offers.
const maxPings = 10

func tcpTool() tool {
	return tool{
		Heading: ui.Heading{ID: "tcp", Area: "Utilities", Name: "TCP Connection Test", Text: "Whether a port of another machine can be reached from this appliance: for a failover peer, port 443."},
		Form: ui.Form{Action: pathUtilities + "/tcp", Submit: "Test Connection", Fields: []ui.Field{
			{Name: "tcp-host", Label: "Host Name or IP Address", Max: 253, Required: true, Width: "middle"},
			{Name: "tcp-port", Label: "Port", Value: "443", Max: 5, Mode: "numeric", Required: true, Width: "short"},
		}},
	}
}

func dnsTool() tool {
	t := tool{
		Heading: ui.Heading{ID: "dns", Area: "Utilities", Name: "DNS Look-up", Text: "What the configured name servers say of a name."},
		Form: ui.Form{Action: pathUtilities + "/dns", Submit: "Look Up", Fields: []ui.Field{
			{Name: "dns-name", Label: "Name", Max: 253, Required: true, Width: "middle"},
			{Name: "dns-type", Label: "Record Type", Type: "select", Width: "short"},
		}},
	}
	for _, kind := range resolver.Types() {
		t.Form.Fields[1].Options = append(t.Form.Fields[1].Options, ui.Option{Value: kind, Label: kind})
	}
	return t
}

func pingTool() tool {
	t := tool{
		Heading: ui.Heading{ID: "ping", Area: "Utilities", Name: "Ping", Text: "Whether a machine answers, and how fast. Some do not answer although they work."},
		Form: ui.Form{Action: pathUtilities + "/ping", Submit: "Ping", Fields: []ui.Field{
			{Name: "ping-host", Label: "Host Name or IP Address", Max: 253, Required: true, Width: "middle"},
			{Name: "ping-count", Label: "Number of Packets", Type: "select", Width: "short"},
		}},
	}
	for n := 1; n <= maxPings; n++ {
		t.Form.Fields[1].Options = append(t.Form.Fields[1].Options, ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n), Selected: n == 4})
	}
	return t
}

// showUtilities answers Support > Utilities.
func (p *Pages) showUtilities(w http.ResponseWriter, r *http.Request) error {
	return p.utilitiesPage(w, r, tool{})
}

// utilitiesPage renders the tools; ran takes the place of the one it is.
func (p *Pages) utilitiesPage(w http.ResponseWriter, r *http.Request, ran tool) error {
	page, err := p.frame(r, pathUtilities, "Support :: Utilities")
	if err != nil {
		return err
	}
	view := utilitiesView{MayRun: !page.User.ReadOnly, Tools: []tool{tcpTool(), dnsTool(), pingTool()}}
	for i := range view.Tools {
		if view.Tools[i].Heading.ID == ran.Heading.ID {
			view.Tools[i] = ran
		}
	}
	page.Body = view
	return p.show(w, ran.Form.Status(), "utilities", page)
}

// run runs a tool and shows what came of it; what names the object in the
// audit log. The fields that its errors name are those of the form behind a
// prefix.
func (p *Pages) run(w http.ResponseWriter, r *http.Request, t tool, object string, work func(t *tool) error) error {
	t.Form.Fill(r.PostForm)
	err := work(&t)
	var input *tools.InputError
	switch {
	case errors.As(err, &input):
		t.Form.Fail(map[string]string{t.Heading.ID + "-" + input.Field: ui.Sentence(err.Error())})
		return p.utilitiesPage(w, r, t)
	case err != nil:
		return err
	}
	t.Ran = true
	principal, _ := gate.From(r.Context())
	entry := audit.Entry{Action: "support." + t.Heading.ID, Object: object, Outcome: audit.OK, Detail: t.Outcome.Word}
	if err := p.Audit.Append(r.Context(), principal.Actor(), entry); err != nil {
		return err
	}
	return p.utilitiesPage(w, r, t)
}

// testTCP opens a connection and closes it again.
func (p *Pages) testTCP(w http.ResponseWriter, r *http.Request) error {
	host := r.PostForm.Get("tcp-host")
	return p.run(w, r, tcpTool(), host, func(t *tool) error {
		port, err := strconv.Atoi(r.PostForm.Get("tcp-port"))
		if err != nil {
			return &tools.InputError{Field: "port", Text: "A port is a number from 1 to 65535."}
		}
		result, err := p.Network.TCPTest(r.Context(), host, port)
		if err != nil {
			return err
		}
		t.conclude(result.OK, "Connected", "Not connected", result.Problem)
		if result.Address != "" {
			t.Facts = append(t.Facts, ui.Fact{Name: "Address", Text: result.Address, Mono: true}, ui.Fact{Name: "Took", Text: millis(result.Elapsed)})
		}
		return nil
	})
}

// lookUp asks the name servers.
func (p *Pages) lookUp(w http.ResponseWriter, r *http.Request) error {
	name := r.PostForm.Get("dns-name")
	return p.run(w, r, dnsTool(), name, func(t *tool) error {
		result, err := p.Network.Lookup(r.Context(), name, r.PostForm.Get("dns-type"))
		if err != nil {
			return err
		}
		t.conclude(result.Problem == "", "Answered", "No answer", result.Problem)
		t.Records = result.Records
		if result.Server != "" {
			t.Facts = append(t.Facts, ui.Fact{Name: "Name Server", Text: result.Server, Mono: true}, ui.Fact{Name: "Took", Text: millis(result.Elapsed)})
		}
		return nil
	})
}

// ping sends echo requests.
func (p *Pages) ping(w http.ResponseWriter, r *http.Request) error {
	host := r.PostForm.Get("ping-host")
	return p.run(w, r, pingTool(), host, func(t *tool) error {
		count, err := strconv.Atoi(r.PostForm.Get("ping-count"))
		if err != nil {
			return &tools.InputError{Field: "count", Text: "Choose how many packets are sent."}
		}
		result, err := p.Network.Ping(r.Context(), host, count)
		if err != nil {
			return err
		}
		t.conclude(result.Received > 0, "Answered", "No answer", result.Problem)
		t.Facts = append(t.Facts, ui.Fact{Name: "Address", Text: result.Address, Mono: true},
			ui.Fact{Name: "Packets", Text: strconv.Itoa(result.Received) + " of " + strconv.Itoa(result.Sent) + " came back"})
		if len(result.RoundTrips) > 0 {
			t.Facts = append(t.Facts, ui.Fact{Name: "Round Trips", Text: roundTrips(result.RoundTrips)})
		}
		return nil
	})
}

// conclude notes how a tool ended.
func (t *tool) conclude(ok bool, yes, no, problem string) {
	t.Outcome, t.Text = ui.Pill{Tone: ui.Bad, Word: no}, problem
	if ok {
		t.Outcome = ui.Pill{Tone: ui.Good, Word: yes}
	}
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64) + " ms"
}

func roundTrips(all []time.Duration) string {
	least, most, sum := all[0], all[0], time.Duration(0)
	for _, d := range all {
		least, most, sum = min(least, d), max(most, d), sum+d
	}
	return millis(least) + " at least, " + millis(sum/time.Duration(len(all))) + " on average, " + millis(most) + " at most"
}
