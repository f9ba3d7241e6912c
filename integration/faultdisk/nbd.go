// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The NBD protocol, as far as QEMU needs it: the fixed newstyle handshake and
// simple replies (https://github.com/NetworkBlockDevice/nbd, doc/proto.md).
// All numbers are big-endian.
const (
	nbdMagic      = 0x4e42444d41474943 // "NBDMAGIC"
	optionMagic   = 0x49484156454f5054 // "IHAVEOPT"
	optReplyMagic = 0x0003e889045565a9
	requestMagic  = 0x25609513
	replyMagic    = 0x67446698

	fixedNewstyle = 1 << 0
	noZeroes      = 1 << 1

	optExportName = 1
	optAbort      = 2
	optInfo       = 6
	optGo         = 7

	replyAck         = 1
	replyInfo        = 3
	replyUnsupported = 1<<31 + 1
	infoExport       = 0

	// What the disk can do: flags are there, flush, FUA, trim, write zeroes.
	diskFlags = 1<<0 | 1<<2 | 1<<3 | 1<<5 | 1<<6

	cmdRead, cmdWrite, cmdDisconnect, cmdFlush, cmdTrim, cmdWriteZeroes = 0, 1, 2, 3, 4, 6

	flagFUA = 1 << 0

	errIO, errInvalid = 5, 22

	maxOption = 4 << 10
	maxData   = 32 << 20 // what the protocol lets a client expect
)

// session is the conversation with one client.
type session struct {
	disk *Disk
	rw   io.ReadWriter
}

func (s *session) run() error {
	more, err := s.handshake()
	for more && err == nil {
		more, err = s.request()
	}
	return err
}

func (s *session) put(fields ...any) error {
	var b []byte
	var err error
	for _, f := range fields {
		if b, err = binary.Append(b, binary.BigEndian, f); err != nil {
			return err
		}
	}
	_, err = s.rw.Write(b)
	return err
}

func (s *session) get(into ...any) error {
	for _, f := range into {
		if err := binary.Read(s.rw, binary.BigEndian, f); err != nil {
			return err
		}
	}
	return nil
}

// handshake agrees on an export. There is one, whatever the client calls it.
func (s *session) handshake() (more bool, err error) {
	var flags uint32
	if err := s.put(uint64(nbdMagic), uint64(optionMagic), uint16(fixedNewstyle|noZeroes)); err != nil {
		return false, err
	}
	if err := s.get(&flags); err != nil {
		return false, err
	}
	for {
		var magic uint64
		var option, length uint32
		if err := s.get(&magic, &option, &length); err != nil {
			return false, err
		}
		if magic != optionMagic || length > maxOption {
			return false, fmt.Errorf("NBD option %d with magic %x and %d bytes", option, magic, length)
		}
		if _, err := io.CopyN(io.Discard, s.rw, int64(length)); err != nil {
			return false, err
		}
		switch option {
		case optExportName:
			var padding []byte
			if flags&noZeroes == 0 {
				padding = make([]byte, 124)
			}
			return true, s.put(uint64(s.disk.size), uint16(diskFlags), padding)
		case optInfo, optGo:
			err := s.put(uint64(optReplyMagic), option, uint32(replyInfo), uint32(12), uint16(infoExport), uint64(s.disk.size), uint16(diskFlags),
				uint64(optReplyMagic), option, uint32(replyAck), uint32(0))
			if err != nil || option == optGo {
				return true, err
			}
		case optAbort:
			return false, s.put(uint64(optReplyMagic), option, uint32(replyAck), uint32(0))
		default:
			if err := s.put(uint64(optReplyMagic), option, uint32(replyUnsupported), uint32(0)); err != nil {
				return false, err
			}
		}
	}
}

// request answers one request. It is false after the last one.
func (s *session) request() (more bool, err error) {
	var r struct {
		Magic       uint32
		Flags, Type uint16
		Handle      uint64
		Offset      uint64
		Length      uint32
	}
	if err := s.get(&r); err != nil {
		return false, err
	}
	if r.Magic != requestMagic {
		return false, fmt.Errorf("NBD request with magic %x", r.Magic)
	}
	if r.Type == cmdDisconnect {
		return false, nil
	}
	var data []byte
	if r.Type == cmdWrite {
		if r.Length > maxData {
			return false, errors.New("NBD write that is too long")
		}
		data = make([]byte, r.Length)
		if _, err := io.ReadFull(s.rw, data); err != nil {
			return false, err
		}
	}
	code, answer := s.do(r.Type, r.Flags, r.Offset, r.Length, data)
	return true, s.put(uint32(replyMagic), code, r.Handle, answer)
}

// do carries a request out. An error code of zero is success.
func (s *session) do(kind, flags uint16, offset uint64, length uint32, data []byte) (code uint32, answer []byte) {
	d := s.disk
	if offset > uint64(d.size) || uint64(length) > uint64(d.size)-offset {
		return errInvalid, nil
	}
	ok := true
	switch kind {
	case cmdRead:
		if length > maxData {
			return errInvalid, nil
		}
		answer = make([]byte, length)
		_, err := d.ReadAt(answer, int64(offset))
		ok = err == nil
	case cmdWrite, cmdTrim, cmdWriteZeroes:
		// What was trimmed reads as zeros, and may come back after a power cut.
		ok = length == 0 || d.write(Write{Offset: int64(offset), Length: int64(length), Data: data, FUA: flags&flagFUA != 0})
	case cmdFlush:
		ok = d.flush()
	default:
		return errInvalid, nil
	}
	if !ok {
		return errIO, nil
	}
	return 0, answer
}
