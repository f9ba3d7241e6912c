// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"understudy/appliance/base/network/resolver"
)

// LookupResult is what the name servers say.
type LookupResult struct {
	Server  string            // that answered
	Records []resolver.Record // of any type: an answer may lead over aliases
	Elapsed time.Duration
	Problem string // a sentence, if there is no answer
}

// Lookup asks the name servers for the records of one type, one of
// resolver.Types. For PTR an address may stand in place of the name.
func (b Box) Lookup(ctx context.Context, name, kind string) (LookupResult, error) {
	t, ok := resolver.ParseType(kind)
	if !ok {
		return LookupResult{}, &InputError{"type", fmt.Sprintf("%.20q is not a type of record that can be looked up. Choose one of %s.", kind, strings.Join(resolver.Types(), ", "))}
	}
	if a, err := netip.ParseAddr(name); err == nil {
		if t != dnsmessage.TypePTR {
			return LookupResult{}, &InputError{"name", fmt.Sprintf("%s is an address. Enter a name, or choose PTR to find the name of the address.", name)}
		}
		name = resolver.ReverseName(a)
	}
	if name == "" {
		return LookupResult{}, &InputError{"name", "Enter the name to look up."}
	}
	if err := checkName("name", name); err != nil {
		return LookupResult{}, err
	}
	start := time.Now()
	a, err := b.Resolver.Query(ctx, name, t)
	r := LookupResult{Elapsed: time.Since(start), Records: a.Records}
	if err != nil {
		r.Problem = queryProblem(err)
		return r, nil
	}
	r.Server = a.Server.String()
	r.Problem = answerProblem(strings.TrimSuffix(name, "."), strings.ToUpper(kind), a)
	return r, nil
}

func queryProblem(err error) string {
	if errors.Is(err, resolver.ErrNoServers) {
		return "No name server is configured, and DHCP gave none. Add one under Networking > IP Configuration."
	}
	return fmt.Sprintf("None of the name servers answered. The last attempt: %v.", err)
}

func answerProblem(name, kind string, a resolver.Answer) string {
	switch a.Code {
	case dnsmessage.RCodeSuccess:
		if len(a.Records) == 0 {
			return fmt.Sprintf("The name %s exists but has no %s record.", name, kind)
		}
		return ""
	case dnsmessage.RCodeNameError:
		return fmt.Sprintf("The name %s does not exist.", name)
	case dnsmessage.RCodeServerFailure:
		return fmt.Sprintf("The name server %s could not find out about %s: it reports a server failure.", a.Server, name)
	case dnsmessage.RCodeRefused:
		return fmt.Sprintf("The name server %s refuses to answer this appliance.", a.Server)
	}
	return fmt.Sprintf("The name server %s answered with error code %d.", a.Server, a.Code)
}
