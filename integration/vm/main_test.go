// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"understudy/bootimg"
)

// childImage in the environment makes this program one that starts a guest
// from that image, says its process number and stays.
const childImage = "VM_TEST_CHILD_IMAGE"

func TestMain(m *testing.M) {
	if image := os.Getenv(childImage); image != "" {
		guest, err := Start(context.Background(), Spec{Name: "child", Dir: filepath.Dir(image), Room: noWait, Artifacts: bootimg.Artifacts{Raw: image}})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(guest.process.cmd.Process.Pid)
		select {}
	}
	os.Exit(m.Run())
}
