// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"net/url"
	"strconv"
	"time"
)

// List is one page of a list.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false" doc:"The page of the list."`
	Next  string `json:"next,omitempty" doc:"Give it as 'before' to get the next page; absent on the last one."`
}

// Actor is who did something, and from where.
type Actor struct {
	Name    string `json:"name" doc:"User name, or system for what the box did by itself."`
	Address string `json:"address,omitempty" doc:"IP address that the request came from."`
	Via     string `json:"via,omitempty" doc:"page, api, console or system."`
}

// values builds a query and leaves out what is not set.
type values url.Values

func (v values) text(name, value string) {
	if value != "" {
		url.Values(v).Set(name, value)
	}
}

func (v values) number(name string, value int64) {
	if value > 0 {
		url.Values(v).Set(name, strconv.FormatInt(value, 10))
	}
}

func (v values) time(name string, value time.Time) {
	if !value.IsZero() {
		url.Values(v).Set(name, value.UTC().Format(time.RFC3339Nano))
	}
}
