package api

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"dalel/claims"
)

const (
	heardAtMost = 256             // events that wait for one listener; one that has more is too slow
	eventsPage  = 100             // events that are asked for at once
	eventsWait  = 5 * time.Second // for an event, before it is asked again whether the log is still the same
	awayPause   = time.Second     // before a store that was away is asked again
)

// A hub hands what happens to claims to its listeners. However many they are, the desk is asked once: by one goroutine, which begins with the first
// listener and ends with the last.
type hub struct {
	desk *claims.Desk
	log  *slog.Logger

	mu  sync.Mutex
	run *run // nil while nobody listens
}

// A run is the hub's work from the first listener to the last. at and ears are the hub's mutex's.
type run struct {
	at     int64 // number of the last event that the listeners were told
	ears   map[*listener]struct{}
	cancel context.CancelFunc
	done   chan struct{} // closed when its goroutine has ended
}

// A listener gets the news from the moment it joined. One that does not keep up is dropped.
type listener struct {
	run  *run
	news chan news
	drop func() // called at most once, when nothing more will come
}

// News is an event, or that the log has begun anew and how far it is by now.
type news struct {
	event claims.Event
	reset bool // event has nothing but the number
}

// follower is who asks the desk for the hub. It is no editor: notes are for nobody here.
func follower() claims.Account {
	return claims.Account{ID: "events", Name: "events", Roles: []claims.Role{claims.RoleReviewer}}
}

// join makes a listener that has heard everything up to a number. It will be told all events behind at; those between the two, if there are any, are in the
// store and are for the listener to read. Events that it has heard may come again. drop is called if it does not keep up.
func (h *hub) join(heard int64, drop func()) (l *listener, at int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.run == nil {
		ctx, cancel := context.WithCancel(context.Background())
		h.run = &run{at: heard, ears: make(map[*listener]struct{}), cancel: cancel, done: make(chan struct{})}
		go h.follow(ctx, h.run)
	}
	l = &listener{run: h.run, news: make(chan news, heardAtMost), drop: drop}
	h.run.ears[l] = struct{}{}
	return l, h.run.at
}

// leave ends a listener. The last one waits until the desk is not asked any more.
func (h *hub) leave(l *listener) {
	r := l.run
	h.mu.Lock()
	delete(r.ears, l)
	last := len(r.ears) == 0
	if last && h.run == r {
		h.run = nil
	}
	h.mu.Unlock()
	if last {
		r.cancel()
		<-r.done
	}
}

// follow tells a run's listeners what happens until it is cancelled. A store that is away is asked again until it is back.
func (h *hub) follow(ctx context.Context, r *run) {
	defer close(r.done)
	away := false
	for ctx.Err() == nil {
		err := h.step(ctx, r)
		if err == nil {
			away = false
			continue
		}
		if ctx.Err() == nil && !away {
			h.log.WarnContext(ctx, "events are not to be had, asking again", "error", err)
		}
		away = true
		select {
		case <-ctx.Done():
		case <-time.After(awayPause):
		}
	}
}

// step asks once what has happened, and tells it.
func (h *hub) step(ctx context.Context, r *run) error {
	events, err := h.desk.Events(ctx, follower(), r.at, eventsPage, eventsWait)
	if err != nil {
		return err
	}
	if len(events) > 0 {
		heard := make([]news, len(events))
		for i, e := range events {
			heard[i].event = e
		}
		h.tell(r, heard)
		return nil
	}
	head, err := h.desk.Head(ctx)
	if err == nil && head < r.at {
		h.tell(r, []news{{event: claims.Event{Seq: head}, reset: true}})
	}
	return err
}

// tell puts news before each listener, and drops those that have no room for them.
func (h *hub) tell(r *run, heard []news) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range r.ears {
		for _, n := range heard {
			select {
			case l.news <- n:
				continue
			default:
			}
			delete(r.ears, l)
			l.drop()
			break
		}
	}
	r.at = heard[len(heard)-1].event.Seq
}
