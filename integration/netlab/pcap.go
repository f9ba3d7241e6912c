// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// The pcap file format with times in nanoseconds, as Wireshark and tcpdump
// read it; the numbers are little endian.
const (
	pcapMagic    = 0xa1b23c4d
	pcapEthernet = 1
)

// WritePcap writes the frames as a pcap file.
func WritePcap(w io.Writer, frames []Frame) error {
	out := bufio.NewWriter(w)
	head := binary.LittleEndian.AppendUint32(nil, pcapMagic)
	head = binary.LittleEndian.AppendUint16(head, 2) // version 2.4
	head = binary.LittleEndian.AppendUint16(head, 4)
	head = append(head, make([]byte, 8)...) // zone and accuracy, by habit zero
	head = binary.LittleEndian.AppendUint32(head, maxFrame)
	head = binary.LittleEndian.AppendUint32(head, pcapEthernet)
	out.Write(head)
	for _, f := range frames {
		rec := binary.LittleEndian.AppendUint32(nil, uint32(f.At.Unix()))
		rec = binary.LittleEndian.AppendUint32(rec, uint32(f.At.Nanosecond()))
		rec = binary.LittleEndian.AppendUint32(rec, uint32(len(f.Data)))
		rec = binary.LittleEndian.AppendUint32(rec, uint32(len(f.Data)))
		out.Write(rec)
		out.Write(f.Data)
	}
	return out.Flush()
}

// Save writes every frame kept so far to a pcap file at path.
func (s *Switch) Save(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("save the LAN's frames: %w", err)
	}
	err = WritePcap(file, s.Frames())
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("save the LAN's frames to %s: %w", path, err)
	}
	return nil
}
