// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
)

// PingRequest asks the box to ping a host.
type PingRequest struct {
	Host  string `json:"host" minLength:"1" maxLength:"253" doc:"Name or address."`
	Count int    `json:"count,omitempty" minimum:"1" maximum:"10" default:"4" doc:"Number of packets."`
}

// PingResult is what came back.
type PingResult struct {
	Address      string    `json:"address,omitempty" doc:"The address that was asked."`
	Sent         int       `json:"sent" doc:"Packets sent."`
	Received     int       `json:"received" doc:"Answers received."`
	RoundTripsMs []float64 `json:"roundTripsMs" nullable:"false" doc:"Round trip of each answer, in milliseconds."`
	Problem      string    `json:"problem,omitempty" doc:"Why there was no answer, in a sentence."`
}

// LookupRequest asks the box to look a name up in the DNS.
type LookupRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"253" doc:"The name; for PTR an address."`
	Type string `json:"type,omitempty" enum:"A,AAAA,CNAME,MX,NS,PTR,SRV,TXT" default:"A" doc:"Record type."`
}

// LookupResult is what the name servers say.
type LookupResult struct {
	Server  string         `json:"server,omitempty" doc:"The name server that answered."`
	Records []LookupRecord `json:"records" nullable:"false" doc:"The records; an answer may lead over aliases."`
	Millis  float64        `json:"millis" doc:"How long it took."`
	Problem string         `json:"problem,omitempty" doc:"Why there is no answer, in a sentence."`
}

// LookupRecord is one record of an answer.
type LookupRecord struct {
	Name       string `json:"name" doc:"Whose record it is."`
	Type       string `json:"type" doc:"Its type."`
	Value      string `json:"value" doc:"What it says."`
	TTLSeconds int64  `json:"ttlSeconds" doc:"How long it may be kept."`
}

// TCPTestRequest asks the box to open a TCP connection.
type TCPTestRequest struct {
	Host string `json:"host" minLength:"1" maxLength:"253" doc:"Name or address."`
	Port int    `json:"port" minimum:"1" maximum:"65535" doc:"TCP port."`
}

// TCPTestResult says whether the connection opened.
type TCPTestResult struct {
	OK      bool    `json:"ok" doc:"The connection opened."`
	Address string  `json:"address,omitempty" doc:"The address and port that was tried last."`
	Millis  float64 `json:"millis" doc:"How long it took."`
	Problem string  `json:"problem,omitempty" doc:"Why it did not open, in a sentence."`
}

// Ping has the box ping a host.
func (c *Client) Ping(ctx context.Context, r PingRequest) (PingResult, error) {
	return call[PingResult](ctx, c, http.MethodPost, "/utilities/ping", nil, r)
}

// Lookup has the box look a name up.
func (c *Client) Lookup(ctx context.Context, r LookupRequest) (LookupResult, error) {
	return call[LookupResult](ctx, c, http.MethodPost, "/utilities/lookup", nil, r)
}

// TCPTest has the box open a TCP connection and close it.
func (c *Client) TCPTest(ctx context.Context, r TCPTestRequest) (TCPTestResult, error) {
	return call[TCPTestResult](ctx, c, http.MethodPost, "/utilities/tcp-test", nil, r)
}
