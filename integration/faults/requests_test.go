// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/integration/box"
	"understudy/web/gate"
)

// mutations are ways to write a path that another reader might take for the
// same one.
var mutations = map[string]func(path string) string{
	"doubled slash in front": func(p string) string { return "/" + p },
	"doubled slash inside":   func(p string) string { return strings.Replace(p, "/appliance", "/appliance/", 1) + "/" },
	"slash behind":           func(p string) string { return p + "/" },
	"dot":                    func(p string) string { return strings.Replace(p, "/appliance", "/./appliance", 1) },
	"up and down":            func(p string) string { return "/appliance/sign-in/../.." + p },
	"escaped dots":           func(p string) string { return "/appliance/sign-in/%2e%2e" + strings.TrimPrefix(p, "/appliance") },
	"escaped slash":          func(p string) string { return strings.Replace(p, "/appliance", "/appliance%2f..%2fappliance", 1) },
	"escaped letter":         func(p string) string { return strings.Replace(p, "/appliance", "/%61ppliance", 1) },
	"parameter":              func(p string) string { return p + ";a=b" },
	"parameter up":           func(p string) string { return "/appliance/sign-in/..;" + strings.TrimPrefix(p, "/appliance") },
	"zero byte":              func(p string) string { return p + "%00.css" },
	"backslash":              func(p string) string { return strings.Replace(p, "/appliance", "/appliance\\..\\appliance", 1) },
	"capitals":               func(p string) string { return strings.Replace(p, "/appliance", "/APPLIANCE", 1) },
	"absolute":               func(p string) string { return "https://appliance.test" + p },
	"space":                  func(p string) string { return p + "%20" },
	"fragment":               func(p string) string { return p + "#/appliance/sign-in" },
}

// strangers sends a box, of which nobody has a session, what nobody should.
// Everything is refused, tells nothing of the inside and changes nothing.
func strangers(t *testing.T, b *box.Box) {
	t.Run("mutations of every route", func(t *testing.T) { mutateRoutes(t, b) })
	t.Run("wrong methods on every route", func(t *testing.T) { wrongMethods(t, b) })
	t.Run("malformed and oversized", func(t *testing.T) { malformed(t, b) })
}

// request is one that a stranger makes, and what may come back.
type request struct{ method, target, headers, body string }

// sendAll sends many requests over a few connections and judges each answer.
func sendAll(t *testing.T, b *box.Box, list []request, judge func(request, reply) string) {
	t.Helper()
	todo := make(chan request)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			w := wireTo(b)
			defer w.close()
			for r := range todo {
				answer, err := w.ask(t.Context(), r.method, r.target, r.headers, r.body)
				if err != nil {
					t.Errorf("%s %.120q: %v", r.method, r.target, err)
				} else if wrong := judge(r, answer); wrong != "" {
					t.Errorf("%s %.120q: %s (status %d, %.200q)", r.method, r.target, wrong, answer.Status, answer.Body)
				}
			}
		})
	}
	for _, r := range list {
		todo <- r
	}
	close(todo)
	workers.Wait()
	if len(list) < 20 {
		t.Errorf("only %d requests were made", len(list))
	}
}

// leaks are signs of the inside that a stranger must not see.
var leaks = regexp.MustCompile(regexp.QuoteMeta(box.Base) + `|goroutine |\.go:\d|runtime error|panic|/state/|SQLITE|sqlite|understudy/web`)

// refusal is what every answer to a stranger must be: an error of the client's,
// or the way to the sign-in page, and nothing of the inside.
func refusal(r request, a reply) string {
	switch {
	case leaks.MatchString(a.Body):
		return "the answer tells of the inside: " + leaks.FindString(a.Body)
	case a.Header.Get("Server") != "" || a.Header.Get("X-Powered-By") != "":
		return "the answer names the server"
	case a.Status == 0 || a.Status >= 400 && a.Status < 500 || a.Status == http.StatusNotImplemented:
		return "" // 501 is what HTTP has for an encoding that nobody knows
	case a.Status == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/appliance/sign-in"):
		return ""
	}
	return "it was not refused"
}

func mutateRoutes(t *testing.T, b *box.Box) {
	var list []request
	for _, route := range box.Routes(t) {
		for _, change := range mutations {
			list = append(list, request{method: route.Method, target: change(pathOf(route)), headers: form, body: bodyFor(route.Method)})
		}
	}
	sendAll(t, b, list, func(r request, a reply) string {
		if a.Status == http.StatusSeeOther {
			return "a path that is not canonical led somewhere"
		}
		return refusal(r, a)
	})
}

func wrongMethods(t *testing.T, b *box.Box) {
	has := map[string]map[string]bool{}
	for _, route := range box.Routes(t) {
		path := pathOf(route)
		if has[path] == nil {
			has[path] = map[string]bool{}
		}
		has[path][route.Method] = true
		if route.Method == http.MethodGet {
			has[path][http.MethodHead] = true
		}
	}
	var list []request
	for path, methods := range has {
		for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"} {
			if !methods[m] {
				list = append(list, request{method: m, target: path, headers: form, body: bodyFor(m)})
			}
		}
	}
	sendAll(t, b, list, refusal)
}

const form = "Content-Type: application/x-www-form-urlencoded\r\n"

func bodyFor(method string) string {
	if method == "GET" || method == "DELETE" || method == "TRACE" || method == "CONNECT" || method == "OPTIONS" {
		return ""
	}
	return "a=b"
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// pathOf is a path that the route would answer.
func pathOf(r gate.Route) string { return parameter.ReplaceAllString(r.Pattern, "1") }

func malformed(t *testing.T, b *box.Box) {
	const signIn = "/appliance/sign-in"
	const api = "/appliance/api/v1/sessions"
	const json = "Content-Type: application/json\r\n"
	list := []request{
		{"POST", signIn, form, "username=admin&password=" + strings.Repeat("x", 2<<20)},
		{"POST", signIn, form + "Content-Length: 99999999999\r\n", "a"},
		{"POST", signIn, form + "Content-Length: -1\r\n", "a"},
		{"POST", signIn, form + "Content-Length: 1\r\nContent-Length: 2\r\n", "aa"},
		{"POST", signIn, form + "Transfer-Encoding: chunked\r\n", "zz\r\nnot a chunk\r\n0\r\n\r\n"},
		{"POST", signIn, form + "Transfer-Encoding: gzip\r\n", "0\r\n\r\n"},
		{"POST", signIn, form, "username=%zz&password=%"},
		{"POST", signIn, form, "username=%ff%fe&password=%00"},
		{"POST", signIn, form, strings.Repeat("a=b&", 2000)},
		{"POST", signIn, "Content-Type: multipart/form-data; boundary=x\r\n", "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nadmin\r\n--x--\r\n"},
		{"POST", signIn, "Content-Type: text/plain\r\n", "username=admin"},
		{"POST", signIn, form + "Origin: https://evil.test\r\n", "username=admin&password=password"},
		{"POST", signIn, form + "Sec-Fetch-Site: cross-site\r\n", "username=admin&password=password"},
		{"POST", api, json, strings.Repeat(`{"username":`, 5000)},
		{"POST", api, json, strings.Repeat("[", 100000)},
		{"POST", api, json, `{"username":"admin","password":1}`},
		{"POST", api, json, `{"username":"admin","password":"password","role":"administrator"}`},
		{"POST", api, json, `{"username":"admin","password":"password"} {"username":"admin"}`},
		{"POST", api, json, "{\"username\":\"\xff\",\"password\":\"x\"}"},
		{"POST", api, form, "username=admin&password=password"},
		{"GET", "/appliance/status/basics", "X-Long: " + strings.Repeat("y", 1<<20) + "\r\n", ""},
		{"GET", "/appliance/status/basics", strings.Repeat("X-Many: 1\r\n", 20000), ""},
		{"GET", "/appliance/status/basics?" + strings.Repeat("q=1&", 5000), "", ""},
		{"GET", "/appliance/" + strings.Repeat("a", 8000), "", ""},
		{"GET", "/appliance/status/basics", "Host: other.test\r\n", ""},
		{"GET", "/appliance/status/basics", "Bad Header: 1\r\n", ""},
		{"GET", "/appliance/status/basics", "X-Zero: a\x00b\r\n", ""},
		{"GET", "/appliance/status/basics", "Cookie: " + gate.Cookie + "=" + strings.Repeat("A", 5000) + "\r\n", ""},
		{"GET", "/appliance/status/basics", "Cookie: " + gate.Cookie + "=' OR 1=1 --\r\n", ""},
		{"GET", "/appliance/api/v1/status", "Authorization: Bearer \r\n", ""},
		{"GET", "/appliance/api/v1/status", "Authorization: Basic YWRtaW46cGFzc3dvcmQ=\r\n", ""},
		{"GET", "/appliance/api/v1/status", "X-Forwarded-For: 127.0.0.1\r\nX-Original-URL: /appliance/sign-in\r\nX-Rewrite-URL: /\r\n", ""},
		{"GET", "*", "", ""},
		{"GET", "appliance", "", ""},
		{"GET", "/appliance HTTP/1.1\r\nX: y", "", ""},
	}
	sendAll(t, b, list, refusal)
	for _, garbage := range []string{"\x00\x01\x02\x03", "GET / HTTP/1.1\r\nHost: plain\r\n\r\n", strings.Repeat("\x16\x03\x01\xff\xff", 4000), ""} {
		plainGarbage(t, b.Port(443), b.Scale(answer), garbage)
	}
}

// plainGarbage sends bytes where TLS is spoken: they get an alert, a short
// refusal in plain text or a closed connection, at once or after the box's
// own limit.
func plainGarbage(t *testing.T, port int, limit time.Duration, bytes string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), limit)
	if err != nil {
		t.Errorf("send garbage: %v", err)
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	if bytes == "" {
		return // somebody who connects and goes away
	}
	conn.Write([]byte(bytes))
	conn.(*net.TCPConn).CloseWrite()
	answer := make([]byte, 4096)
	for total := 0; ; {
		n, err := conn.Read(answer)
		if total += n; total > 1000 {
			t.Errorf("%.20q is answered at length: %.100q", bytes, answer)
			return
		}
		if err != nil {
			return
		}
	}
}
