// SPDX-License-Identifier: Apache-2.0

package strictjson

import (
	"encoding/json"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
)

func TestUnmarshal(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"plain", `{"username":"a","password":"b"}`, ""},
		{"unknown", `{"username":"a","admin":true}`, `unknown field "admin"`},
		{"twice", `{"username":"a","username":"b"}`, "twice"},
		{"twice in another case", `{"username":"a","USERNAME":"b"}`, "twice"},
		{"letters that fold to ours", `{"u\u017Fername":"a"}`, "no field"},
		{"not UTF-8", "{\"username\":\"\xff\"}", "UTF-8"},
		{"more behind", `{} {}`, "after the end"},
		{"cut off", `{"username":`, "too early"},
		{"empty", ``, "too early"},
		{"not JSON", `<xml/>`, "invalid character"},
		{"wrong type", `{"username":5}`, "username cannot be number"},
		{"deep", strings.Repeat(`{"username":`, 40) + `1` + strings.Repeat(`}`, 40), "deeper"},
		{"deep list", strings.Repeat(`[`, 100000), "deeper"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var c applianceapi.Credentials
			err := Unmarshal([]byte(row.in), &c)
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

// FuzzNetworkChange reads the largest document there is. What is accepted
// means the same when it is read again.
func FuzzNetworkChange(f *testing.F) {
	f.Add([]byte(`{"revision":1,"config":{"hostname":"box","interfaces":[{"name":"eth0","dhcp4":true,"dhcp6":false,"addresses":[{"cidr":"192.0.2.10/24","enabled":true}]}],"dns":[],"ntp":["a:123"]}}`))
	f.Add([]byte(`{"config":{"interfaces":[{"addresses":[{}]},{"NAME":"x"}]}}`))
	f.Add([]byte(`{"revision":1e400}`))
	f.Add([]byte("{\"reason\":\"\\u0000\\ud800\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second applianceapi.NetworkChange
		if Unmarshal(data, &first) != nil {
			return
		}
		text, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if err := Unmarshal(text, &second); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, text)
		}
		again, err := json.Marshal(second)
		if err != nil || string(again) != string(text) {
			t.Fatalf("read %s, then %s (%v)", text, again, err)
		}
	})
}
