// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"errors"

	"understudy/bootimg"
)

// cmdline is the kernel command line of the image.
const cmdline = "console=tty0 console=ttyS0,115200 panic=10 loglevel=4"

// BuildImage builds the image of a Base version.
func BuildImage(ctx context.Context, base string, log func(format string, args ...any)) (bootimg.Artifacts, error) {
	return bootimg.Artifacts{}, errors.New("not built")
}
