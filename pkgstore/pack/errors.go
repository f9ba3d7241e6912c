// SPDX-License-Identifier: Apache-2.0

package pack

import "fmt"

// FormatError says why something is not a valid package. It is never an error
// of reading or writing.
type FormatError struct{ Problem string }

func (e *FormatError) Error() string { return "package: " + e.Problem }

func malformed(format string, args ...any) error {
	return &FormatError{Problem: fmt.Sprintf(format, args...)}
}
