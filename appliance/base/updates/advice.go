// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"

	"understudy/appliance/task"
)

// What to do when the update server has not told what it has.
const (
	onClock       = "Compare the time on Status > Basics with the right one, and enter a time server on Networking > IP Configuration. Then check again."
	onCertificate = "Ask those who run the update server. If it has a new certificate, revert the newest change \"" + firstContact + "\" on Security > Configuration History and check again; if not, do not, and bring the update by Updates > Manual Installation."
	onUnreachable = "Test the connection to it on Support > Utilities, and compare gateway and name servers on Networking > IP Configuration with the right ones. Then start it again, or bring the update by Updates > Manual Installation."
	onStrange     = "Make sure that the server that Updates > Check names is the update server, and tell those who run it. Then start it again, or bring the update by Updates > Manual Installation."
)

// advise says what to do about an error of the update server or its metadata:
// it leads to the clock where that may be why (guide: the error that sends
// people to Status > Basics and the NTP server), to the network where nothing
// has answered, to the server where something else has, and to the history where
// it shows another certificate than it did. Others say themselves what to do.
func advise(err error, p *task.Progress) {
	var clock interface{ Clock() bool }
	var certificate interface{ Changed() bool }
	var unreachable interface{ Unreachable() bool }
	var strange interface{ Strange() bool }
	switch {
	case errors.Is(err, context.Canceled): // nothing is wrong with the server
	case errors.As(err, &clock) && clock.Clock():
		p.NextStep(onClock)
	case errors.As(err, &certificate) && certificate.Changed():
		p.NextStep(onCertificate)
	case errors.As(err, &unreachable) && unreachable.Unreachable():
		p.NextStep(onUnreachable)
	case errors.As(err, &strange) && strange.Strange():
		p.NextStep(onStrange)
	}
}
