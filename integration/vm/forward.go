// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strconv"
	"strings"
)

// userNet is QEMU's name for the network of the first NIC.
const userNet = "user0"

// rule is the forward in QEMU's words. Host port 0 lets the kernel choose one
// that is free, so that no two processes can choose the same.
func (f Forward) rule() string {
	return fmt.Sprintf("tcp:127.0.0.1:%d-%s:%d", f.Host, f.GuestAddr, f.Guest)
}

// Forward opens one more port that leads into the guest, and gives its number.
// It serves a test that changes the guest's address.
func (m *Machine) Forward(ctx context.Context, f Forward) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, err := m.forwards(ctx)
	if err != nil {
		return 0, fmt.Errorf("forward a port of %s: %w", m.spec.Name, err)
	}
	answer, err := m.humanCommand(ctx, "hostfwd_add "+userNet+" "+f.rule())
	if err != nil || answer != "" {
		return 0, fmt.Errorf("forward a port of %s: %s %w", m.spec.Name, strings.TrimSpace(answer), err)
	}
	after, err := m.forwards(ctx)
	if err != nil {
		return 0, fmt.Errorf("forward a port of %s: %w", m.spec.Name, err)
	}
	known := map[int]bool{}
	for _, f := range before {
		known[f.Host] = true
	}
	for _, f := range after {
		if !known[f.Host] {
			m.spec.Forwards = append(m.spec.Forwards, f)
			return f.Host, nil
		}
	}
	return 0, fmt.Errorf("forward a port of %s: QEMU does not list it", m.spec.Name)
}

// humanCommand runs a command of QEMU's interactive monitor; forwards have no
// QMP command.
func (m *Machine) humanCommand(ctx context.Context, line string) (string, error) {
	raw, err := m.monitor.run(ctx, "human-monitor-command", map[string]string{"command-line": line})
	if err != nil {
		return "", err
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("read the answer to %q: %w", line, err)
	}
	return text, nil
}

func (m *Machine) forwards(ctx context.Context) ([]Forward, error) {
	text, err := m.humanCommand(ctx, "info usernet")
	return parseUsernet(text), err
}

// parseUsernet reads the forwards out of the table that `info usernet` prints.
func parseUsernet(text string) (all []Forward) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 6 || f[0] != "TCP[HOST_FORWARD]" {
			continue
		}
		host, err1 := strconv.Atoi(f[3])
		guest, err2 := strconv.Atoi(f[5])
		if err1 == nil && err2 == nil {
			all = append(all, Forward{Guest: guest, GuestAddr: f[4], Host: host})
		}
	}
	return all
}

// learnPorts replaces the ports that were left to the kernel by those it chose.
func (m *Machine) learnPorts(ctx context.Context) error {
	listed, err := m.forwards(ctx)
	if err != nil {
		return fmt.Errorf("ask %s for its forwards: %w", m.spec.Name, err)
	}
	if err := assignPorts(m.spec.Forwards, listed); err != nil {
		return fmt.Errorf("ask %s for its forwards: %w", m.spec.Name, err)
	}
	return nil
}

// assignPorts fills in the ports of this host from the forwards that QEMU lists.
func assignPorts(wanted, listed []Forward) error {
	// QEMU lists forwards in an order of its own, and those without an address
	// with the one it assumes. So the others choose first.
	for _, named := range []bool{true, false} {
		for i := range wanted {
			f := &wanted[i]
			if (f.GuestAddr != "") != named {
				continue
			}
			j := slices.IndexFunc(listed, f.leadsWhere)
			if j < 0 {
				return fmt.Errorf("none leads to port %d", f.Guest)
			}
			f.Host = listed[j].Host
			listed = slices.Delete(listed, j, j+1)
		}
	}
	return nil
}

// leadsWhere reports whether a listed forward can be this one.
func (f *Forward) leadsWhere(l Forward) bool {
	return l.Guest == f.Guest && (f.GuestAddr == "" || f.GuestAddr == l.GuestAddr) && (f.Host == 0 || f.Host == l.Host)
}

// Port is the port on 127.0.0.1 that leads to a port of the guest's first
// address, 0 if there is none.
func (m *Machine) Port(guest int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.spec.Forwards {
		if f.Guest == guest {
			return f.Host
		}
	}
	return 0
}

// URL is the address of a web server in the guest: https for 443, else http,
// without a slash at the end.
func (m *Machine) URL(guest int) string {
	scheme := "http"
	if guest == 443 {
		scheme = "https"
	}
	return fmt.Sprintf("%s://127.0.0.1:%d", scheme, m.Port(guest))
}

// Client is a new web client with its own cookies. It takes any certificate:
// the appliance makes its own at first boot.
func (m *Machine) Client() *http.Client {
	jar, _ := cookiejar.New(nil) // fails only for options, and there are none
	return &http.Client{
		Jar:       jar,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
}
