// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"time"
)

// Clock is the box's clock and what its time servers say. Offsets are what is
// to be added to it: positive when the box is behind.
type Clock struct {
	Time           time.Time    `json:"time" doc:"The box's clock, in its time zone."`
	TimeZone       string       `json:"timeZone" doc:"Time zone, by its IANA name."`
	MaxStepSeconds int          `json:"maxStepSeconds" doc:"How far the clock may be moved within a day without consent."`
	Revision       int64        `json:"revision" doc:"Revision of the settings; send it back with a change."`
	State          string       `json:"state" enum:"unsynchronised,synchronised,doubting,refused,silent" doc:"How the clock stands; refused waits for consent."`
	OffsetMillis   float64      `json:"offsetMillis" doc:"The offset that the time servers last agreed on, in milliseconds."`
	Server         string       `json:"server,omitempty" doc:"The time server that the clock follows."`
	Stratum        int          `json:"stratum,omitempty" doc:"Its distance from a reference clock."`
	LastSync       time.Time    `json:"lastSync,omitzero" doc:"When the clock last agreed with the time servers."`
	RefusedStep    *RefusedStep `json:"refusedStep,omitempty" doc:"A movement that is too large to make without consent."`
	Servers        []TimeServer `json:"servers" nullable:"false" doc:"What each time server said last."`
}

// RefusedStep is a movement of the clock that waits for consent.
type RefusedStep struct {
	Server       string  `json:"server" doc:"A time server that asks for it."`
	OffsetMillis float64 `json:"offsetMillis" doc:"How far the clock would move, in milliseconds."`
	Agree        int     `json:"agree" doc:"Time servers of that opinion."`
}

// TimeServer is one time server and its last answer.
type TimeServer struct {
	Name         string  `json:"name" doc:"As it is configured."`
	OffsetMillis float64 `json:"offsetMillis" doc:"Its opinion, in milliseconds."`
	Stratum      int     `json:"stratum,omitempty" doc:"Its distance from a reference clock."`
	Problem      string  `json:"problem,omitempty" doc:"Why it is not believed."`
}

// ClockChange replaces the settings of the clock. Time servers belong to the
// network.
type ClockChange struct {
	Revision       int64  `json:"revision" minimum:"0" doc:"The revision the change was made from; a newer one on the box refuses it."`
	TimeZone       string `json:"timeZone" minLength:"1" maxLength:"64" doc:"IANA name." example:"Europe/Berlin"`
	MaxStepSeconds int    `json:"maxStepSeconds" doc:"How far the clock may be moved within a day without consent."`
	Reason         string `json:"reason,omitempty" maxLength:"200" doc:"Why, for the list of revisions."`
}

// Clock returns the state of the clock.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	return call[Clock](ctx, c, http.MethodGet, "/clock", nil, nil)
}

// ChangeClock replaces the settings of the clock.
func (c *Client) ChangeClock(ctx context.Context, change ClockChange) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPut, "/clock", nil, change)
}

// ConsentClockStep allows the jump that the clock refused.
func (c *Client) ConsentClockStep(ctx context.Context) error {
	_, err := call[none](ctx, c, http.MethodPost, "/clock/consent", nil, nil)
	return err
}
