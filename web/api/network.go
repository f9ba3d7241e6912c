// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"slices"

	"understudy/appliance/base/network"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) networkOperations(b *builder) {
	add(b, operation{
		id: "getNetwork", method: http.MethodGet, path: "/network", tag: "Networking",
		summary: "Configuration and state of the network", policy: gate.SignedIn, scope: "network:read",
	}, a.getNetwork)
	add(b, operation{
		id: "changeNetwork", method: http.MethodPut, path: "/network", tag: "Networking",
		summary: "Replace the configuration of the network",
		detail: "It is applied at once. If the answer has `pending`, confirm it before its deadline, best over the new address, " +
			"or the appliance takes it back. Send the `revision` that the change was made from: if somebody else was faster, nothing is changed.",
		policy: gate.Administrator, scope: "network:write", conflicts: true,
	}, a.changeNetwork)
}

func (a *API) getNetwork(ctx context.Context, _ *none) (*answer[applianceapi.Network], error) {
	c, rev, err := a.Network.Config(ctx)
	if err != nil {
		return nil, err
	}
	links, err := a.Network.Links(ctx)
	if err != nil {
		return nil, err
	}
	n := applianceapi.Network{Revision: rev, Config: configOut(c), Links: []applianceapi.NetworkLink{}}
	for _, l := range links {
		n.Links = append(n.Links, linkOut(l))
	}
	if n.Pending, err = a.pendingIn(ctx, network.Area); err != nil {
		return nil, err
	}
	return body(n), nil
}

// pendingIn returns the change of an area that waits for a confirmation, or nil.
func (a *API) pendingIn(ctx context.Context, area string) (*applianceapi.Confirmation, error) {
	pending, err := a.Guard.Pending(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range pending {
		if p.Area == area {
			out := confirmationOut(p)
			return &out, nil
		}
	}
	return nil, nil
}

func (a *API) changeNetwork(ctx context.Context, in *request[applianceapi.NetworkChange]) (*answer[applianceapi.NetworkChanged], error) {
	pending, err := a.Network.Change(ctx, by(ctx), in.Body.Revision, configIn(in.Body.Config), in.Body.Reason, arrivedAt(ctx))
	if err != nil {
		return nil, err
	}
	_, rev, err := a.Network.Config(ctx)
	if err != nil {
		return nil, err
	}
	changed := applianceapi.NetworkChanged{Revision: rev}
	if pending != nil {
		out := confirmationOut(*pending)
		changed.Pending = &out
	}
	return body(changed), nil
}

func configOut(c network.Config) applianceapi.NetworkConfig {
	out := applianceapi.NetworkConfig{
		Hostname: c.Hostname, Interfaces: []applianceapi.NetworkInterface{}, Gateway4: c.Gateway4, Gateway6: c.Gateway6,
		DNS: append([]string{}, c.DNS...), NTP: append([]string{}, c.NTP...), PublicPort: c.PublicPort,
	}
	for _, i := range c.Interfaces {
		n := applianceapi.NetworkInterface{Name: i.Name, MAC: i.MAC, DHCP4: i.DHCP4, DHCP6: i.DHCP6, Addresses: []applianceapi.NetworkAddress{}}
		for _, x := range i.Addresses {
			n.Addresses = append(n.Addresses, applianceapi.NetworkAddress(x))
		}
		out.Interfaces = append(out.Interfaces, n)
	}
	return out
}

func configIn(c applianceapi.NetworkConfig) network.Config {
	in := network.Config{
		Hostname: c.Hostname, Gateway4: c.Gateway4, Gateway6: c.Gateway6,
		DNS: slices.Clone(c.DNS), NTP: slices.Clone(c.NTP), PublicPort: c.PublicPort,
	}
	for _, i := range c.Interfaces {
		n := network.Interface{Name: i.Name, MAC: i.MAC, DHCP4: i.DHCP4, DHCP6: i.DHCP6}
		for _, x := range i.Addresses {
			n.Addresses = append(n.Addresses, network.Address(x))
		}
		in.Interfaces = append(in.Interfaces, n)
	}
	return in
}

func linkOut(l network.Link) applianceapi.NetworkLink {
	out := applianceapi.NetworkLink{
		Name: l.Name, MAC: l.MAC, Driver: l.Driver, Up: l.Up, SpeedMbps: l.SpeedMbps, Duplex: l.Duplex, MTU: l.MTU,
		Current: []applianceapi.NetworkCurrentAddress{},
	}
	for _, c := range l.Current {
		out.Current = append(out.Current, applianceapi.NetworkCurrentAddress{CIDR: c.CIDR, Source: string(c.Source), Duplicate: c.Duplicate})
	}
	return out
}
