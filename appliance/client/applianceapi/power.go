// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"net/http"
)

// PowerRequest says why the box goes down.
type PowerRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"Why, for the audit log."`
}

// FactoryReset asks for the factory state.
type FactoryReset struct {
	Serial string `json:"serial" minLength:"1" maxLength:"64" doc:"The serial number of the box that is meant, against mistakes."`
}

// Reboot restarts the box. The task ends when the box is back.
func (c *Client) Reboot(ctx context.Context, r PowerRequest) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/power/reboot", nil, r)
}

// ShutDown turns the box off. The task ends when it is on again.
func (c *Client) ShutDown(ctx context.Context, r PowerRequest) (Task, error) {
	return call[Task](ctx, c, http.MethodPost, "/power/off", nil, r)
}

// FactoryReset erases everything that the box stores, and restarts it.
func (c *Client) FactoryReset(ctx context.Context, r FactoryReset) error {
	_, err := call[none](ctx, c, http.MethodPost, "/power/factory-reset", nil, r)
	return err
}
