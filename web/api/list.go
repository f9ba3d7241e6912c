// SPDX-License-Identifier: Apache-2.0

package api

import (
	"understudy/appliance/audit"
	"understudy/appliance/client/applianceapi"
)

// Paging is how many entries of a list a request wants. It is exported, as are
// the other parts that requests are put together from, because huma reads the
// exported ones only.
type Paging struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Longest page."`
}

// listOf converts a whole list.
func listOf[D, W any](items []D, convert func(D) W) *answer[applianceapi.List[W]] {
	list := make([]W, 0, len(items))
	for _, x := range items {
		list = append(list, convert(x))
	}
	return &answer[applianceapi.List[W]]{Body: applianceapi.List[W]{Items: list}}
}

// pageOf converts the first n of a list that was asked for one more than n;
// key names the last one, for the page after it.
func pageOf[D, W any](items []D, n int, convert func(D) W, key func(D) string) *answer[applianceapi.List[W]] {
	more := len(items) > n
	if more {
		items = items[:n]
	}
	page := listOf(items, convert)
	if more {
		page.Body.Next = key(items[n-1])
	}
	return page
}

func actorOut(a audit.Actor) applianceapi.Actor {
	return applianceapi.Actor{Name: a.Name, Address: a.Address, Via: a.Via}
}

// body wraps what is answered.
func body[T any](v T) *answer[T] { return &answer[T]{Body: v} }
