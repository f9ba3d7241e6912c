// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"os"
)

// startBased writes the report, starts the program and answers its link. A
// program that cannot be started counts as one that died at once.
func (s *supervisor) startBased() (*process, <-chan struct{}) {
	s.praised.Store(false)
	s.writeReport()
	child, err := s.spawn()
	if err != nil {
		s.con.say("%v", err)
		child = &process{done: make(chan struct{})}
		child.status = 127 << 8 // as a shell reports a program that is not there
		close(child.done)
		return child, child.done
	}
	s.con.say("based started (crashes %d)", s.crash.count())
	return child, child.done
}

// writeReport brings the file up to date.
func (s *supervisor) writeReport() {
	s.mu.Lock()
	s.report.Crashes = s.crash.count()
	err := s.report.write(s.reportPath)
	s.mu.Unlock()
	if err != nil {
		s.con.say("%v", err)
	}
}

func (s *supervisor) spawn() (*process, error) {
	conn, theirs, err := linkPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("starting based: %w", err)
	}
	defer null.Close()
	out := s.con.serial
	if out == nil {
		out = null
	}
	child, err := s.procs.start(s.opts.Program, &os.ProcAttr{
		Dir:   "/",
		Env:   []string{"PATH=/bin", "HOME=/", "TMPDIR=/tmp", linkEnviron()},
		Files: []*os.File{null, out, out, theirs},
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	go serveLink(conn, s)
	return child, nil
}
