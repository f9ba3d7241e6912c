// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
)

// Reboot restarts the box. The task ends when the box is back.
func (c *Client) Reboot(ctx context.Context) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/power/reboot", nil, nil)
}

// ShutDown turns the box off.
func (c *Client) ShutDown(ctx context.Context) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/power/off", nil, nil)
}
