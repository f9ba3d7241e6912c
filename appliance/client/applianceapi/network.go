// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
	"time"
)

// Network is what Networking > IP Configuration shows.
type Network struct {
	Revision int64         `json:"revision" doc:"Revision of the configuration; send it back with a change."`
	Config   NetworkConfig `json:"config" doc:"The configuration."`
	Links    []NetworkLink `json:"links" nullable:"false" doc:"The network cards and what they have now."`
	Pending  *Confirmation `json:"pending,omitempty" doc:"A change that waits for its confirmation."`
}

// NetworkConfig is the configuration of the network.
type NetworkConfig struct {
	Hostname   string             `json:"hostname" minLength:"1" maxLength:"253" doc:"Host name."`
	Interfaces []NetworkInterface `json:"interfaces" nullable:"false" maxItems:"16" doc:"Configuration of each network card."`
	Gateway4   string             `json:"gateway4,omitempty" maxLength:"15" doc:"IPv4 default gateway."`
	Gateway6   string             `json:"gateway6,omitempty" maxLength:"64" doc:"IPv6 default gateway."`
	DNS        []string           `json:"dns" nullable:"false" maxItems:"8" maxLength:"300" doc:"Name servers: address, or address:port."`
	NTP        []string           `json:"ntp" nullable:"false" maxItems:"8" maxLength:"300" doc:"Time servers: host, or host:port."`
	PublicPort int                `json:"publicPort,omitempty" minimum:"0" maximum:"65535" doc:"HTTPS port that clients use, where it is not 443."`
}

// NetworkInterface is the configuration of one network card.
type NetworkInterface struct {
	Name      string           `json:"name" maxLength:"15" doc:"Name of the card." example:"eth0"`
	MAC       string           `json:"mac,omitempty" maxLength:"17" doc:"Its hardware address."`
	DHCP4     bool             `json:"dhcp4" doc:"Take an IPv4 address by DHCP."`
	DHCP6     bool             `json:"dhcp6" doc:"Take IPv6 addresses as routers advertise them."`
	Addresses []NetworkAddress `json:"addresses" nullable:"false" maxItems:"32" doc:"Static addresses."`
}

// NetworkAddress is one static address of a network card.
type NetworkAddress struct {
	ID      string `json:"id,omitempty" maxLength:"64" doc:"Stable id; leave it out for a new address."`
	CIDR    string `json:"cidr" maxLength:"64" doc:"Address and prefix length." example:"192.0.2.10/24"`
	Enabled bool   `json:"enabled" doc:"The address is in use."`
	Factory bool   `json:"factory,omitempty" doc:"The address that every box has, 169.254.1.1."`
}

// NetworkLink is a network card as it is now.
type NetworkLink struct {
	Name      string                  `json:"name" doc:"Name of the card."`
	MAC       string                  `json:"mac" doc:"Hardware address."`
	Driver    string                  `json:"driver,omitempty" doc:"Kernel driver."`
	Up        bool                    `json:"up" doc:"The link has a carrier."`
	SpeedMbps int                     `json:"speedMbps,omitempty" doc:"Speed in Mbit/s."`
	Duplex    string                  `json:"duplex,omitempty" doc:"full or half."`
	MTU       int                     `json:"mtu" doc:"Largest packet in bytes."`
	Current   []NetworkCurrentAddress `json:"current" nullable:"false" doc:"Addresses it has now."`
}

// NetworkCurrentAddress is an address that a network card has now.
type NetworkCurrentAddress struct {
	CIDR      string `json:"cidr" doc:"Address and prefix length."`
	Source    string `json:"source" doc:"static, dhcp, router, link-local, factory or other."`
	Duplicate bool   `json:"duplicate,omitempty" doc:"Another machine has this IPv6 address, so it is not in use."`
}

// NetworkChange replaces the configuration of the network.
type NetworkChange struct {
	Revision int64         `json:"revision" minimum:"0" doc:"The revision the change was made from; a newer one on the box refuses it."`
	Reason   string        `json:"reason,omitempty" maxLength:"200" doc:"Why, for the list of revisions."`
	Config   NetworkConfig `json:"config" doc:"The whole configuration."`
}

// NetworkChanged is what became of a change.
type NetworkChanged struct {
	Revision int64         `json:"revision" doc:"Revision of the configuration that is now applied."`
	Pending  *Confirmation `json:"pending,omitempty" doc:"Confirm it before its deadline, or the box takes the change back."`
}

// Confirmation is a change that is applied and taken back unless somebody
// confirms it.
type Confirmation struct {
	ID       string    `json:"id" doc:"Id of the pending change."`
	Area     string    `json:"area" doc:"What was changed." example:"network"`
	Summary  string    `json:"summary" doc:"The change in a sentence."`
	Revision int64     `json:"revision" doc:"The revision it made."`
	By       Actor     `json:"by" doc:"Who made it."`
	At       time.Time `json:"at" doc:"When it was applied."`
	Deadline time.Time `json:"deadline" doc:"When it is taken back."`
}

// Network returns the configuration and the state of the network.
func (c *Client) Network(ctx context.Context) (Network, error) {
	return call[Network](ctx, c, http.MethodGet, "/network", nil, nil)
}

// ChangeNetwork applies a configuration, to be confirmed.
func (c *Client) ChangeNetwork(ctx context.Context, change NetworkChange) (NetworkChanged, error) {
	return call[NetworkChanged](ctx, c, http.MethodPut, "/network", nil, change)
}

// Confirmations returns the changes that wait for a confirmation.
func (c *Client) Confirmations(ctx context.Context) (List[Confirmation], error) {
	return call[List[Confirmation]](ctx, c, http.MethodGet, "/confirmations", nil, nil)
}

// Confirm keeps a pending change.
func (c *Client) Confirm(ctx context.Context, id string) error {
	_, err := call[none](ctx, c, http.MethodPost, "/confirmations/"+segment(id)+"/confirm", nil, nil)
	return err
}

// Undo takes a pending change back at once.
func (c *Client) Undo(ctx context.Context, id string) error {
	_, err := call[none](ctx, c, http.MethodPost, "/confirmations/"+segment(id)+"/undo", nil, nil)
	return err
}
