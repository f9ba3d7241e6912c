// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"strings"
	"testing"
)

// A file that is small enough may still be shaped to keep the decoder busy for
// minutes. Each of these is refused at once, or read at once.
func TestSeedBoundsWork(t *testing.T) {
	keys := strings.Repeat("a.", 30000) + "=1"
	for name, c := range map[string]struct {
		text string
		deep bool
	}{
		"dotted key":     {keys, true},
		"quoted keys":    {strings.Repeat("'a'.", 16000) + "b=1", true},
		"dotted table":   {"[" + strings.Repeat("a.", 30000) + "b]", true},
		"inline tables":  {"a=" + strings.Repeat("{a=", 20000), true},
		"arrays":         {"a=" + strings.Repeat("[", 32000) + strings.Repeat("]", 32000), true},
		"across lines":   {"a=" + strings.Repeat("[\n", 20000), true},
		"after a string": {"a='''x'y''' # '\n" + keys, true},
		"after an error": {"a='x\n" + keys, true},
		"after escapes":  {`a="\\" ` + "\n" + keys, true},
		"in a string":    {"hostname='" + strings.Repeat(".[{", 20000) + "'", false},
		"in escapes":     {`hostname="\"` + strings.Repeat(".[{", 20000) + `"`, false},
		"in a comment":   {"#" + strings.Repeat(".[{", 20000), false},
	} {
		_, err := ParseSeed([]byte(c.text))
		if deep := err != nil && strings.Contains(err.Error(), "nests deeper"); deep != c.deep {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}
