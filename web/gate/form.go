// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const formType = "application/x-www-form-urlencoded"

// maxFields bounds how many fields a form or a query has.
const maxFields = 500

var errFields = errors.New("too many fields")

// parseQuery is url.ParseQuery with a bound.
func parseQuery(s string) (url.Values, error) {
	if strings.Count(s, "&") >= maxFields {
		return nil, errFields
	}
	return url.ParseQuery(s)
}

// readForm reads the body of a page's form into r.PostForm and r.Form, which
// holds no values of the query: what a form sends cannot be overridden by a
// link. It is the only reader of forms; handlers use r.PostForm.
func readForm(r *http.Request) *Problem {
	r.PostForm, r.Form = url.Values{}, url.Values{}
	if r.ContentLength == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != formType || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return &wrongType
	}
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &tooLarge
	case err != nil:
		return &badForm
	}
	values, err := parseQuery(string(body))
	if err != nil || checkText(values) != nil {
		return &badForm
	}
	r.PostForm, r.Form = values, values
	return nil
}
