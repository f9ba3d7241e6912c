// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"net"
	"time"
)

// MAC is an Ethernet address.
type MAC [6]byte

// String gives the usual form, 52:54:00:00:00:01.
func (m MAC) String() string { return net.HardwareAddr(m[:]).String() }

// group reports whether the address means several stations: broadcast or
// multicast.
func (m MAC) group() bool { return m[0]&1 == 1 }

// headerLen is what every Ethernet frame starts with: two addresses and a type.
const headerLen = 14

// maxFrame bounds a frame read from a port. Guests that offload segmentation
// hand over frames of up to 64 KiB.
const maxFrame = 65536 + headerLen

// Frame is one frame as the switch saw it come in.
type Frame struct {
	At   time.Time // when it came in
	From string    // name of the port
	Data []byte    // without checksum; not to be changed
}

// Dst is the address the frame is for; zero for a frame without a header.
func (f Frame) Dst() MAC { return macAt(f.Data, 0) }

// Src is the address the frame comes from; zero for a frame without a header.
func (f Frame) Src() MAC { return macAt(f.Data, 6) }

// EtherType names the protocol inside, 0x0806 for ARP; 0 for a frame without a
// header.
func (f Frame) EtherType() uint16 {
	if len(f.Data) < headerLen {
		return 0
	}
	return uint16(f.Data[12])<<8 | uint16(f.Data[13])
}

func macAt(data []byte, i int) (m MAC) {
	if len(data) >= headerLen {
		copy(m[:], data[i:])
	}
	return m
}
