// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	answerWithin = 2 * time.Second // per server
	udpSize      = 1232            // bytes; survives every path without fragments
)

// Answer is what a server said to one question.
type Answer struct {
	Server  netip.AddrPort
	Code    dnsmessage.RCode
	Records []Record
}

// Record is one record of an answer.
type Record struct {
	Name string        // without the final dot
	Type string        // "A", "MX" …
	Data string        // as people write it
	TTL  time.Duration // how long it may be kept
}

var errNotForUs = errors.New("the packet does not answer the question")

// Query asks for the records of one type. The name is taken as it is, never
// completed by a search domain. Each server gets two seconds; the error is of
// the last one if none answered.
func (r *Resolver) Query(ctx context.Context, name string, kind dnsmessage.Type) (Answer, error) {
	q, packed, err := question(name, kind)
	if err != nil {
		return Answer{}, err
	}
	servers := r.servers()
	if len(servers) == 0 {
		return Answer{}, ErrNoServers
	}
	var failure error
	for range servers {
		i := r.current.Load()
		server := servers[int(i)%len(servers)]
		answer, err := r.ask(ctx, server, q, packed)
		if err == nil {
			return answer, nil
		}
		failure = fmt.Errorf("ask the name server %s: %w", server, err)
		if ctx.Err() != nil {
			break
		}
		r.passOver(i)
	}
	return Answer{}, failure
}

// question is the query as a message and packed, with the size of the answer
// that may come by UDP.
func question(name string, kind dnsmessage.Type) (dnsmessage.Message, []byte, error) {
	if name == "" || name[len(name)-1] != '.' {
		name += "."
	}
	n, err := dnsmessage.NewName(name)
	if err != nil {
		return dnsmessage.Message{}, nil, fmt.Errorf("%q is longer than a name can be", name)
	}
	var id [2]byte
	if _, err := rand.Read(id[:]); err != nil {
		return dnsmessage.Message{}, nil, fmt.Errorf("number the question: %w", err)
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: binary.BigEndian.Uint16(id[:]), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: n, Type: kind, Class: dnsmessage.ClassINET}},
	}
	var edns dnsmessage.ResourceHeader
	if err := edns.SetEDNS0(udpSize, dnsmessage.RCodeSuccess, false); err != nil {
		return m, nil, fmt.Errorf("make the question: %w", err)
	}
	m.Additionals = []dnsmessage.Resource{{Header: edns, Body: &dnsmessage.OPTResource{}}}
	packed, err := m.Pack()
	if err != nil {
		return m, nil, fmt.Errorf("%q cannot be a name: %w", name, err)
	}
	return m, packed, nil
}

// ask puts the question to one server, by TCP if the answer is too long for
// UDP.
func (r *Resolver) ask(ctx context.Context, server netip.AddrPort, q dnsmessage.Message, packed []byte) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	m, err := r.exchange(ctx, "udp", server, q, packed)
	if err == nil && m.Truncated {
		m, err = r.exchange(ctx, "tcp", server, q, packed)
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{Server: server, Code: m.RCode, Records: records(m.Answers)}, nil
}

func (r *Resolver) exchange(ctx context.Context, network string, server netip.AddrPort, q dnsmessage.Message, packed []byte) (dnsmessage.Message, error) {
	c, err := r.dialer.DialContext(ctx, network, server.String())
	if err != nil {
		return dnsmessage.Message{}, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })()
	if network == "tcp" {
		packed = append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
	}
	if _, err := c.Write(packed); err != nil {
		return dnsmessage.Message{}, err
	}
	for buffer := make([]byte, 1<<16); ; {
		b, err := readMessage(c, network, buffer)
		if err != nil {
			return dnsmessage.Message{}, err
		}
		m, err := match(b, q)
		if errors.Is(err, errNotForUs) && network == "udp" {
			continue // a late or forged packet; the real one may still come
		}
		return m, err
	}
}

func readMessage(r io.Reader, network string, buffer []byte) ([]byte, error) {
	if network == "udp" {
		n, err := r.Read(buffer)
		return buffer[:n], err
	}
	if _, err := io.ReadFull(r, buffer[:2]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint16(buffer)
	_, err := io.ReadFull(r, buffer[:n])
	return buffer[:n], err
}

// match reads a message and makes sure that it answers q.
func match(b []byte, q dnsmessage.Message) (dnsmessage.Message, error) {
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		return m, fmt.Errorf("%w: %w", errNotForUs, err)
	}
	if !m.Response || m.ID != q.ID || len(m.Questions) != 1 || m.Questions[0].Type != q.Questions[0].Type ||
		!equalFold(m.Questions[0].Name, q.Questions[0].Name) {
		return m, errNotForUs
	}
	return m, nil
}
