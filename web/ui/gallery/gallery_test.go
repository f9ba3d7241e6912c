// SPDX-License-Identifier: Apache-2.0

package gallery

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"understudy/web/ui/uitest"
)

var serve = flag.String("serve", "", "serve the gallery at this address instead of testing")

func TestMain(m *testing.M) {
	flag.Parse()
	if *serve != "" {
		h, err := Handler()
		if err == nil {
			fmt.Println("http://" + *serve)
			err = http.ListenAndServe(*serve, h)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestGallery(t *testing.T) {
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("%d: %s", answer.Code, answer.Body)
	}
	uitest.Golden(t, "gallery.html", answer.Body.Bytes())
	uitest.CheckPage(t, answer.Body.Bytes())
}
