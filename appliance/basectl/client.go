// SPDX-License-Identifier: Apache-2.0

package basectl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Client is based's end of a conversation. Its methods may be called from any
// goroutine; one request is under way at a time. A request that ctx ends while
// it is under way also ends the conversation: dial again.
type Client struct {
	conn net.Conn
	next func() ([]byte, error)

	turn chan struct{} // holds one while a request is under way
	id   uint64        // of the last request
}

// Refused is what the site answers when it does not do what it was asked for.
type Refused struct{ Do, Reason string }

func (e *Refused) Error() string { return fmt.Sprintf("the site refused (%s): %s", e.Do, e.Reason) }

// Open says hello on conn and takes it over. The error wraps a *VersionError
// if the two sides have no version in common; conn is then closed.
func Open(ctx context.Context, conn net.Conn) (*Client, error) {
	c := &Client{conn: conn, next: lines(conn), turn: make(chan struct{}, 1)}
	answer, err := c.ask(ctx, request{Do: doHello, Versions: versions})
	if len(answer.Versions) > 0 {
		// The list of the other side tells more than its refusal.
		if _, mismatch := common(answer.Versions); mismatch != nil {
			err = mismatch
		}
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("greeting the site: %w", err)
	}
	return c, nil
}

// Close ends the conversation. What the site was told stays.
func (c *Client) Close() error { return c.conn.Close() }

// SetFacts tells the site what it cannot find out itself.
func (c *Client) SetFacts(ctx context.Context, f Facts) error {
	return c.tell(ctx, request{Do: doFacts, Facts: &f})
}

// Ready returns when the site serves.
func (c *Client) Ready(ctx context.Context) error { return c.tell(ctx, request{Do: doReady}) }

// Status asks what the site is doing.
func (c *Client) Status(ctx context.Context) (Status, error) {
	answer, err := c.ask(ctx, request{Do: doStatus})
	switch {
	case err != nil:
		return Status{}, err
	case answer.Status == nil:
		return Status{}, errors.New("asking the site (status): the answer holds none")
	}
	return *answer.Status, answer.Status.check()
}

// ReadOnly stops writes: who tries to gets 503 and the reason, a sentence of
// at most 500 bytes. It returns when the last write has ended.
func (c *Client) ReadOnly(ctx context.Context, reason string) error {
	return c.tell(ctx, request{Do: doReadOnly, Reason: reason})
}

// Writable takes ReadOnly back.
func (c *Client) Writable(ctx context.Context) error { return c.tell(ctx, request{Do: doWritable}) }

// Copy has the site write CopyName into its data directory, whole and on the
// disk. What is written to the database meanwhile may be missing in it.
func (c *Client) Copy(ctx context.Context) error { return c.tell(ctx, request{Do: doCopy}) }

// Reload has the site read its package summary again.
func (c *Client) Reload(ctx context.Context) error { return c.tell(ctx, request{Do: doReload}) }

// Stop has the site end its requests and then itself. It returns when that was
// accepted.
func (c *Client) Stop(ctx context.Context) error { return c.tell(ctx, request{Do: doStop}) }

func (c *Client) tell(ctx context.Context, r request) error {
	_, err := c.ask(ctx, r)
	return err
}

// ask sends one request and waits for its answer.
func (c *Client) ask(ctx context.Context, r request) (reply, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return reply{}, fmt.Errorf("asking the site (%s): %w", r.Do, ctx.Err())
	}
	c.id++
	r.ID = c.id
	if err := r.check(); err != nil {
		return reply{}, fmt.Errorf("asking the site: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	answer, err := c.exchange(r)
	switch {
	case ctx.Err() != nil && err != nil:
		err = ctx.Err()
	case err == nil && answer.Error != "":
		return answer, &Refused{r.Do, answer.Error}
	}
	if err != nil {
		c.conn.Close() // an answer that comes late would be taken for the next one
		return reply{}, fmt.Errorf("asking the site (%s): %w", r.Do, err)
	}
	return answer, nil
}

func (c *Client) exchange(r request) (reply, error) {
	line, err := encode(r)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.conn.Write(line); err != nil {
		return reply{}, err
	}
	if line, err = c.next(); err != nil {
		return reply{}, err
	}
	var answer reply
	if err := decode(line, &answer); err != nil {
		return reply{}, err
	}
	if answer.ID != r.ID || len(answer.Versions) > maxVersions {
		return reply{}, fmt.Errorf("answer %d to request %d", answer.ID, r.ID)
	}
	answer.Error = clip(answer.Error)
	return answer, nil
}
