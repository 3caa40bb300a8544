package api

import (
	"errors"
	"net/http"
	"sync"
)

// Why a stream of events is not begun.
var (
	errStreams    = errors.New("api: as many streams are open as the server keeps")
	errOwnStreams = errors.New("api: the account has as many streams open as it may")
)

const (
	streamsAtMost    = 200 // of all accounts, where Config says nothing
	ownStreamsAtMost = 8   // of one account
)

// streams counts the streams of events that are open, and ends them all.
type streams struct {
	most int

	mu    sync.Mutex
	ended bool
	open  map[*stream]string // the account's ID
}

func newStreams(most int) *streams {
	if most == 0 {
		most = streamsAtMost
	}
	return &streams{most: most, open: make(map[*stream]string)}
}

// enter counts a stream of an account until it leaves. It gives errStreams or errOwnStreams.
func (s *streams) enter(t *stream, account string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := 0
	for _, each := range s.open {
		if each == account {
			own++
		}
	}
	switch {
	case own >= ownStreamsAtMost:
		return errOwnStreams
	case len(s.open) >= s.most:
		return errStreams
	}
	s.open[t] = account
	if s.ended {
		t.end(http.ErrServerClosed)
	}
	return nil
}

func (s *streams) leave(t *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, t)
}

// EndStreams ends all streams of events at once, and each that is begun afterwards, so that they do not hold up http.Server.Shutdown: it is for
// http.Server.RegisterOnShutdown. Their clients come back with the number of the last event they have. It may be called several times.
func (s *Server) EndStreams() {
	s.streams.mu.Lock()
	defer s.streams.mu.Unlock()
	s.streams.ended = true
	for t := range s.streams.open {
		t.end(http.ErrServerClosed)
	}
}
