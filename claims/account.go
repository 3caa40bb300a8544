package claims

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Role is what an account may do. People who check rumours have none and need no account.
type Role string

const (
	RoleVolunteer Role = "volunteer" // adds sightings and suggests evidence
	RoleReviewer  Role = "reviewer"  // takes claims, proposes findings, seconds those of others
	RoleEditor    Role = "editor"    // whatever a reviewer may, and retracts, reopens, sees escalated claims
	RoleTrainer   Role = "trainer"   // cases and packs; no submissions
	RoleAdmin     Role = "admin"     // accounts and sources; no verdicts
)

// Roles are all roles.
func Roles() []Role { return []Role{RoleVolunteer, RoleReviewer, RoleEditor, RoleTrainer, RoleAdmin} }

// An Account is a person who may sign in. The public sees its role at most, never its name.
type Account struct {
	Schema   int       `json:"schema"`
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Roles    []Role    `json:"roles"`
	Created  time.Time `json:"created"`
	Disabled bool      `json:"disabled,omitempty"`
}

// Is reports whether the account has a role, or one that includes it: an editor is also a reviewer. A disabled account has none.
func (a Account) Is(r Role) bool {
	if a.Disabled {
		return false
	}
	return slices.Contains(a.Roles, r) || r == RoleReviewer && slices.Contains(a.Roles, RoleEditor)
}

// acting is the role that an event shows for what an account does to a claim.
func (a Account) acting() Role {
	for _, r := range []Role{RoleEditor, RoleReviewer, RoleVolunteer} {
		if a.Is(r) {
			return r
		}
	}
	return ""
}

// Check reports what is wrong with a new account.
func (a Account) Check() error {
	name := strings.TrimSpace(a.Name)
	if err := checkText("name", name, 60); err != nil {
		return err
	}
	if strings.ContainsAny(name, "\n\r\t") {
		return &InvalidError{Field: "name", Problem: ProblemNUL}
	}
	if len(a.Roles) == 0 {
		return &InvalidError{Field: "roles", Problem: ProblemRequired}
	}
	for _, r := range a.Roles {
		if !slices.Contains(Roles(), r) {
			return &InvalidError{Field: "roles", Problem: ProblemUnknown}
		}
	}
	return nil
}

// CredentialKind is how a secret is used.
type CredentialKind string

const (
	CredentialLink    CredentialKind = "link"    // signs in once
	CredentialToken   CredentialKind = "token"   // a program's, in the Authorization header
	CredentialSession CredentialKind = "session" // a browser's cookie
)

// A Credential lets whoever has the secret act as an account. Only the secret's hash is kept.
type Credential struct {
	Hash    string         `json:"hash"`
	Kind    CredentialKind `json:"kind"`
	Account string         `json:"account"`
	Created time.Time      `json:"created"`
	Until   time.Time      `json:"until,omitzero"` // zero: until it is revoked
}

// A Secret is what its owner is shown once. It redacts itself in logs.
type Secret string

// NewSecret is a secret of 256 random bits that begins with "dlr_", so that a leaked one is recognised by scanners.
func NewSecret() Secret {
	var b [32]byte
	rand.Read(b[:])
	return Secret("dlr_" + base64.RawURLEncoding.EncodeToString(b[:]))
}

// Hash is what is stored of a secret: SHA-256, which is enough for a random one (NIST SP 800-63B, 5.1.2.2: look-up secrets of 112 bits or more).
func (s Secret) Hash() string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// LogValue keeps secrets out of logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }
