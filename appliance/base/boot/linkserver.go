// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// linkOrders is what the supervisor does when it is asked. An error is
// answered as a sentence.
type linkOrders interface {
	crashCount() int
	healthy()
	power(kind PowerKind, reason string) error
	factoryReset(reason string) error
	runSite(generation string, migrate bool) error
	stopSite(generation string) error
	siteStatus(generation string) SiteProcess
}

// linkPair makes the two ends: a connection for the supervisor and a file for
// the child, which inherits it as linkFD with linkEnviron in its environment.
func linkPair() (net.Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making the link: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "link"), os.NewFile(uintptr(fds[1]), "link")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("making the link: %w", err)
	}
	return conn, theirs, nil
}

func linkEnviron() string { return linkEnv + "=" + strconv.Itoa(linkFD) }

// serveLink answers one child until it hangs up or sends what is no line, and
// closes the connection.
func serveLink(conn net.Conn, o linkOrders) error {
	defer conn.Close()
	for next := lineReader(conn); ; {
		line, err := next()
		if err != nil {
			return err
		}
		out, err := encodeLine(answerLine(line, o))
		if err != nil {
			return err
		}
		if _, err := conn.Write(out); err != nil {
			return fmt.Errorf("answering on the link: %w", err)
		}
	}
}

func answerLine(line []byte, o linkOrders) linkReply {
	r, err := decodeRequest(line)
	reply := linkReply{ID: r.ID}
	if err == nil {
		switch r.Do {
		case doHello:
			reply.Crashes = o.crashCount()
		case doHealthy:
			o.healthy()
		case doPower:
			err = o.power(r.Kind, r.Reason)
		case doFactoryReset:
			err = o.factoryReset(r.Reason)
		case doRunSite, doMigrateSite:
			err = o.runSite(r.Generation, r.Do == doMigrateSite)
		case doStopSite:
			err = o.stopSite(r.Generation)
		case doSiteStatus:
			status := o.siteStatus(r.Generation)
			reply.Site = &status
		}
	}
	if err != nil {
		reply.Error = clipText(err.Error())
	}
	return reply
}
