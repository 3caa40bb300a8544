package claims

import (
	"crypto/rand"
	"log/slog"
	"strings"
)

// A Ticket is the code under which a person finds the answer again: twelve symbols of Crockford's base 32 (60 random bits) and his
// check symbol (mod 37), written in groups, for example "7ZK4-9QW2-M0TD-8". Whoever has it may read and erase the request.
//
// Source: Douglas Crockford, Base 32, https://www.crockford.com/base32.html.
type Ticket string

const (
	ticketSymbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	ticketChecks  = ticketSymbols + "*~$=U"
	ticketLength  = 12
)

// NewTicket is a ticket that nobody can guess. Those whose check symbol would be a sign are passed over: a link that ends in '*' is cut by
// messengers, and '~' cannot be read aloud.
func NewTicket() Ticket {
	var b [ticketLength]byte
	for {
		rand.Read(b[:]) // never fails since Go 1.24
		for i := range b {
			b[i] = ticketSymbols[b[i]&31]
		}
		if check := checkSymbol(string(b[:])); !strings.ContainsRune("*~$=", rune(check)) {
			return ticketOf(string(b[:]))
		}
	}
}

func ticketOf(body string) Ticket {
	return Ticket(body[0:4] + "-" + body[4:8] + "-" + body[8:12] + "-" + string(checkSymbol(body)))
}

func checkSymbol(body string) byte {
	n := 0
	for _, r := range body {
		n = (n*32 + strings.IndexRune(ticketSymbols, r)) % 37
	}
	return ticketChecks[n]
}

// ParseTicket reads a ticket as people type it: case, spaces and hyphens do not matter, O is 0, I and L are 1. A code whose check
// symbol is wrong is ErrTicket.
func ParseTicket(s string) (Ticket, error) {
	if len(s) > 64 {
		return "", ErrTicket
	}
	var symbols []byte
	for _, r := range strings.ToUpper(s) {
		switch {
		case r == ' ' || r == '-':
			continue
		case r == 'O':
			r = '0'
		case r == 'I' || r == 'L':
			r = '1'
		}
		if !strings.ContainsRune(ticketChecks, r) {
			return "", ErrTicket
		}
		symbols = append(symbols, byte(r))
	}
	if len(symbols) != ticketLength+1 {
		return "", ErrTicket
	}
	body, check := string(symbols[:ticketLength]), symbols[ticketLength]
	if strings.ContainsAny(body, "*~$=U") || checkSymbol(body) != check {
		return "", ErrTicket
	}
	return ticketOf(body), nil
}

// LogValue keeps tickets out of logs.
func (Ticket) LogValue() slog.Value { return slog.StringValue("[ticket]") }
