// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

const Schema1 = ``

type Accounts struct{}

func New(db *store.DB, book *revision.Book, log *audit.Log, policy Policy, now func() time.Time) *Accounts {
	return &Accounts{}
}
func (a *Accounts) Bootstrap(ctx context.Context, username, phcHash string, mustChange bool) error {
	return nil
}
func HashPassword(p Argon2, password string) (phc string, err error) { return "", nil }
func ParsePHC(phc string) (p Argon2, salt, hash []byte, err error)   { return }
func (a *Accounts) SignIn(ctx context.Context, from audit.Actor, username, password, agent, kind string) (secret string, s Session, err error) {
	return "", Session{}, ErrCredentials
}
func (a *Accounts) Resume(ctx context.Context, secret string) (Session, error) {
	return Session{}, ErrNoSession
}
func (a *Accounts) SignOut(ctx context.Context, s Session) error { return nil }
func (a *Accounts) EndSession(ctx context.Context, by audit.Actor, id string) error {
	return ErrNotFound
}
func (a *Accounts) Sessions(ctx context.Context) ([]Session, error)                      { return nil, nil }
func (a *Accounts) Reauthenticate(ctx context.Context, s Session, password string) error { return nil }
func (a *Accounts) ChangePassword(ctx context.Context, by audit.Actor, userID int64, old, new string, keep ...Session) error {
	return nil
}
func (a *Accounts) Users(ctx context.Context) ([]User, error)        { return nil, nil }
func (a *Accounts) User(ctx context.Context, id int64) (User, error) { return User{}, ErrNotFound }
func (a *Accounts) Add(ctx context.Context, by audit.Actor, u NewUser) (User, error) {
	return User{}, nil
}
func (a *Accounts) Update(ctx context.Context, by audit.Actor, id int64, c UserChange) error {
	return nil
}
func (a *Accounts) Delete(ctx context.Context, by audit.Actor, id int64) error { return nil }
func (a *Accounts) Unlock(ctx context.Context, by audit.Actor, id int64) error { return nil }
func (a *Accounts) NewToken(ctx context.Context, by audit.Actor, userID int64, name string, scopes []string, ttl time.Duration) (secret string, t Token, err error) {
	return
}
func (a *Accounts) Tokens(ctx context.Context, userID int64) ([]Token, error)       { return nil, nil }
func (a *Accounts) RevokeToken(ctx context.Context, by audit.Actor, id int64) error { return nil }
func (a *Accounts) TokenSession(ctx context.Context, secret string) (Session, []string, error) {
	return Session{}, nil, ErrNoSession
}
