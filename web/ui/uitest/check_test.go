// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"fmt"
	"strings"
	"testing"
)

// notes takes what a check has to say.
type notes struct {
	testing.TB
	said []string
}

func (n *notes) Helper()                   {}
func (n *notes) Error(a ...any)            { n.said = append(n.said, fmt.Sprint(a...)) }
func (n *notes) Errorf(f string, a ...any) { n.said = append(n.said, fmt.Sprintf(f, a...)) }

func TestCheckPageFindsWhatIsWrong(t *testing.T) {
	for page, want := range map[string]string{
		`<h1>a</h1>`:                                                       "",
		`<p>a</p>`:                                                         "0 first headings",
		`<h1>a</h1><p id="x"></p><p id="x"></p>`:                           `"x" is used 2 times`,
		`<h1>a</h1><p style="color:red">`:                                  "inline",
		`<h1>a</h1><script>x()</script>`:                                   "a script is inline",
		`<h1>a</h1><style>p{}</style>`:                                     "a style sheet is inline",
		`<h1>a</h1><p onclick="x()">`:                                      "inline",
		`<h1>a</h1><a href="javascript:x()">go</a>`:                        "inline",
		`<h1>a</h1><input name="n" id="n">`:                                "has no label",
		`<h1>a</h1><label for="n">N</label><input id="n">`:                 "has no name",
		`<h1>a</h1><label for="n">N</label>`:                               "refers to nothing",
		`<h1>a</h1><form><button type="submit">Go</button></form>`:         "does not say where it goes",
		`<h1>a</h1><form action="/" method="post"><button>Go</button>`:     "needs scripts",
		`<h1>a</h1><a href="/"></a>`:                                       "says nothing",
		`<h1>a</h1><table><tr><td>1</td></tr></table>`:                     "no caption",
		`<h1>a</h1><img src="/a.png">`:                                     "no alternative",
		`<h1>a</h1><section aria-labelledby="gone"></section>`:             "refers to nothing",
		`<h1>a</h1><label for="n">N</label><input name="n" id="n">`:        "",
		`<h1>a</h1><table><caption>c</caption><tr><td>1</td></tr></table>`: "",
	} {
		n := &notes{TB: t}
		CheckPage(n, []byte(page))
		said := strings.Join(n.said, "; ")
		if want == "" && said != "" || !strings.Contains(said, want) {
			t.Errorf("%s: said %q, want %q", page, said, want)
		}
	}
}
