// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"time"
)

// Clock is the box's clock and what its time servers say.
type Clock struct {
	Time         time.Time    `json:"time" doc:"The box's clock."`
	TimeZone     string       `json:"timeZone" doc:"Time zone, by its IANA name."`
	Revision     int64        `json:"revision" doc:"Revision of the setting; send it back with a change."`
	Synchronised bool         `json:"synchronised" doc:"A time server answered lately and the clock follows it."`
	Server       string       `json:"server,omitempty" doc:"The time server that the clock follows."`
	Stratum      int          `json:"stratum,omitempty" doc:"Its distance from a reference clock."`
	OffsetMillis float64      `json:"offsetMillis" doc:"Last measured offset: positive when the box is behind."`
	LastSync     time.Time    `json:"lastSync,omitzero" doc:"When a time server last answered."`
	RefusedStep  *RefusedStep `json:"refusedStep,omitempty" doc:"A jump that is too large to make without consent."`
}

// RefusedStep is a jump of the clock that waits for consent.
type RefusedStep struct {
	Server       string  `json:"server" doc:"The time server that asks for it."`
	OffsetMillis float64 `json:"offsetMillis" doc:"How far the clock would move."`
}

// ClockChange sets the time zone.
type ClockChange struct {
	Revision int64  `json:"revision" minimum:"0" doc:"The revision the change was made from; a newer one on the box refuses it."`
	TimeZone string `json:"timeZone" minLength:"1" maxLength:"64" doc:"IANA name." example:"Europe/Berlin"`
	Reason   string `json:"reason,omitempty" maxLength:"200" doc:"Why, for the list of revisions."`
}

// Clock returns the state of the clock.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	return call[Clock](ctx, c, http.MethodGet, "/clock", nil, nil)
}

// ChangeClock sets the time zone.
func (c *Client) ChangeClock(ctx context.Context, change ClockChange) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPut, "/clock", nil, change)
}

// ConsentClockStep allows the jump that the clock refused.
func (c *Client) ConsentClockStep(ctx context.Context) error {
	_, err := call[none](ctx, c, http.MethodPost, "/clock/consent", nil, nil)
	return err
}
