// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

const somePHC = "$argon2id$v=19$m=65536,t=3,p=2$c29tZXNhbHQxMjM0$5ZzUB5lmDGAwIL3JnaMk2Py7Pt0lp4I8ToTrWFSqY3w"

func fullSeed(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSeedReadsEverything(t *testing.T) {
	got, err := ParseSeed(fullSeed(t))
	if err != nil {
		t.Fatal(err)
	}
	want := Seed{
		Hostname: "box-1.example.com", Serial: "US0001", Profile: "va-small", Timezone: "Europe/Vienna",
		Network: SeedNetwork{
			Interfaces: []SeedInterface{
				{MAC: "52:54:00:12:34:56", Addresses: []string{"192.0.2.10/24", "2001:db8::10/64"}},
				{Name: "eth1", DHCP: true},
			},
			Gateway4: "192.0.2.1", Gateway6: "fe80::1",
			DNS: []string{"192.0.2.53", "192.0.2.54:5353", "[2001:db8::53]:53"},
			NTP: []string{"ntp.example.com", "192.0.2.123:1123"},
		},
		Update:   SeedUpdate{Server: "updates.example.com:8444", TrustRoot: `{"signed":{},"signatures":[]}`},
		Accounts: SeedAccounts{AdminPasswordHash: somePHC, SitePasswordHash: somePHC},
		HTTPS:    SeedHTTPS{PublicPort: 8443},
		Test:     SeedTest{WatchdogTimeout: "30s", HealthDeadline: "1m", PanicDelay: "1s", ConfirmTimeout: "1m30s"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v\nwant %+v", got, want)
	}
	back, err := ParseSeed(got.Encode())
	if err != nil || !reflect.DeepEqual(back, want) {
		t.Errorf("encoded:\n%s\nread back %+v, %v", got.Encode(), back, err)
	}
}

func TestSeedMayBeEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", string(Seed{}.Encode())} {
		if s, err := ParseSeed([]byte(text)); err != nil || !reflect.DeepEqual(s, Seed{}) {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

func TestSeedRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", `host = "a"`, `"host" is not a known entry`},
		{"unknown table", "[netwrok]\ndns = []", `"netwrok" is not a known entry`},
		{"unknown nested", "[network]\ndnss = []", `"network.dnss" is not a known entry`},
		{"unknown in list", "[[network.interfaces]]\nname='eth0'\ndhcp=true\nmtu=9", `"network.interfaces[1].mtu" is not`},
		{"key in other case", `Hostname = "a"`, `"Hostname" is not a known entry`},
		{"wrong type text", `hostname = 3`, "hostname must be text in quotes"},
		{"wrong type bool", "[[network.interfaces]]\nname='eth0'\ndhcp='yes'", "network.interfaces[1].dhcp must be true or false"},
		{"wrong type list", "[network]\ndns = '192.0.2.1'", "network.dns must be a list"},
		{"wrong type item", "[network]\ndns = [1]", "network.dns[1] must be text"},
		{"wrong type table", "network = 1", "network must be a table"},
		{"wrong type number", "[https]\npublic_port = '443'", "https.public_port must be a whole number"},
		{"huge number", "[https]\npublic_port = 4294967739", "https.public_port must be a whole number"},
		{"port", "[https]\npublic_port = 70000", "not a port"},
		{"syntax", "hostname = ", "not valid TOML"},
		{"twice", "hostname='a'\nhostname='b'", "not valid TOML"},
		{"not UTF-8", "hostname = \"\xff\"", "not UTF-8"},
		{"too large", "# " + strings.Repeat("x", 10<<20), "larger than the 64 KiB"},
		{"host name", `hostname = "-a"`, "not a host name"},
		{"host name address", `hostname = "192.0.2.1"`, "not a host name"},
		{"serial", `serial = "a b"`, "not a serial number"},
		{"profile", `profile = "../b300"`, "not the name of a hardware profile"},
		{"time zone", `timezone = "../../etc/passwd"`, "not a time zone"},
		{"no interface", "[[network.interfaces]]\ndhcp=true", "needs either mac or name"},
		{"both names", "[[network.interfaces]]\nname='eth0'\nmac='52:54:00:12:34:56'\ndhcp=true", "needs either mac or name"},
		{"no address", "[[network.interfaces]]\nname='eth0'", "needs dhcp = true or addresses"},
		{"mac", "[[network.interfaces]]\nmac='52:54:00:12:34'\ndhcp=true", "not a MAC address"},
		{"group mac", "[[network.interfaces]]\nmac='53:54:00:12:34:56'\ndhcp=true", "not a MAC address"},
		{"no mask", "[[network.interfaces]]\nname='e'\naddresses=['192.0.2.1']", "prefix length"},
		{"nonsense mask", "[[network.interfaces]]\nname='e'\naddresses=['192.0.2.1/33']", "prefix length"},
		{"network address", "[[network.interfaces]]\nname='e'\naddresses=['192.0.2.0/24']", "first or last"},
		{"broadcast address", "[[network.interfaces]]\nname='e'\naddresses=['192.0.2.255/24']", "first or last"},
		{"multicast", "[[network.interfaces]]\nname='e'\naddresses=['224.0.0.1/24']", "a host can have"},
		{"gateway", "[network]\ngateway4='fe80::1'", "not the address of a gateway"},
		{"gateway elsewhere", "[network]\ngateway4='198.51.100.1'\n[[network.interfaces]]\nname='e'\naddresses=['192.0.2.9/24']", "in none of the configured subnets"},
		{"dns name", "[network]\ndns=['ns.example.com']", "network.dns[1]"},
		{"ntp port", "[network]\nntp=['a:0']", "network.ntp[1]"},
		{"ntp scheme", "[network]\nntp=['ntp://a']", "network.ntp[1]"},
		{"too many", "[network]\nntp=[" + strings.Repeat("'a',", 65) + "]", "more than the 64"},
		{"server", "[update]\nserver='https://x/'", "not a host or host:port"},
		{"trust root", "[update]\ntrust_root='[]'", "TUF root metadata"},
		{"plain password", "[accounts]\nadmin_password_hash='password'", "not an argon2id hash"},
		{"other hash", "[accounts]\nsite_password_hash='" + strings.Replace(somePHC, "argon2id", "argon2i", 1) + "'", "not an argon2id hash"},
		{"heavy hash", "[accounts]\nadmin_password_hash='" + strings.Replace(somePHC, "m=65536", "m=99999999", 1) + "'", "memory (m, KiB) must be between"},
		{"short salt", "[accounts]\nadmin_password_hash='" + strings.Replace(somePHC, "c29tZXNhbHQxMjM0", "YQ", 1) + "'", "not an argon2id hash"},
		{"duration", "[test]\npanic_delay='5'", "a duration"},
		{"zero duration", "[test]\npanic_delay='0s'", "a duration"},
	} {
		s, err := ParseSeed([]byte(c.text))
		var bad *SeedError
		if !errors.As(err, &bad) {
			t.Errorf("%s: accepted as %+v", c.name, s)
			continue
		}
		if len(bad.Problems) != 1 || !strings.Contains(bad.Problems[0], c.want) {
			t.Errorf("%s: problems %q, want one with %q", c.name, bad.Problems, c.want)
		}
		if !reflect.DeepEqual(s, Seed{}) {
			t.Errorf("%s: a refused seed is not empty: %+v", c.name, s)
		}
	}
}

func TestSeedListsEveryProblem(t *testing.T) {
	_, err := ParseSeed([]byte("hostname = 1\nprofile = 'A B'\ncolour = 'red'\n[test]\npanic_delay = 'soon'\n"))
	var bad *SeedError
	if !errors.As(err, &bad) || len(bad.Problems) != 4 {
		t.Fatalf("want four problems: %v", err)
	}
	golden(t, "problems.txt", strings.Join(bad.Problems, "\n")+"\n")
	_, err = ParseSeed([]byte("[network]\ndns = [" + strings.Repeat("1,", 60) + "]"))
	if !errors.As(err, &bad) || len(bad.Problems) != maxProblems+1 || bad.Problems[maxProblems] != "There are 40 more problems." {
		t.Errorf("want %d problems and a count: %v", maxProblems, err)
	}
}

func FuzzSeed(f *testing.F) {
	full, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte("a=[[[["))
	f.Add([]byte("[[network.interfaces]]\nname='e'\naddresses=['::1/0']"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseSeed(b)
		if err != nil {
			var bad *SeedError
			if !errors.As(err, &bad) || len(bad.Problems) == 0 {
				t.Fatalf("error without problems: %v", err)
			}
			return
		}
		again, err := ParseSeed(s.Encode())
		if err != nil || string(again.Encode()) != string(s.Encode()) {
			t.Fatalf("does not read back: %v\n%s", err, s.Encode())
		}
	})
}
