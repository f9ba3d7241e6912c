// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
	"understudy/web/api/apitest"
)

// A file that breaks off is what became of the line, not of the appliance: the
// caller is told to send it again, and nobody is given a reference.
func TestUploadThatBreaksOff(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	var file bytes.Buffer
	b.Vendor.Site(&file, "12.2.0", "Be good.\n")
	made := must[applianceapi.CreatedToken](t)(admin.AddToken(t.Context(), applianceapi.NewToken{Name: "upload", Scopes: []string{"updates:write"}, Days: 1}))
	for name, sent := range map[string]int{"in its metadata": 100, "in the package": file.Len() - 1} {
		t.Run(name, func(t *testing.T) {
			conn, err := tls.Dial("tcp", strings.TrimPrefix(b.URL(), "https://"), &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST %s/updates/packages HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", applianceapi.Prefix, made.Secret, file.Len())
			if _, err := conn.Write(file.Bytes()[:sent]); err != nil {
				t.Fatal(err)
			}
			if err := conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "send it again") {
				t.Errorf("%d %s, %v", res.StatusCode, text, err)
			}
		})
	}
}
