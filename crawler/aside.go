package crawler

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// resource is what is kept of a robots.txt file or a sitemap. Its body is a blob.
type resource struct {
	validators
	Fetched time.Time `json:"fetched"`
	Status  int       `json:"status"` // 0: never fetched
	Body    string    `json:"body,omitempty"`
}

// resource gives a stored robots.txt file or sitemap and its body. Where its body cannot be read it counts as never fetched.
func (a *Archive) resource(address string) (r resource, body []byte, err error) {
	err = a.view(func(tx *bolt.Tx) error {
		_, err := a.load(tx, bucketAside, address, &r)
		return err
	})
	if err != nil || r.Body == "" {
		return r, nil, err
	}
	if body, err = a.blob(r.Body); err != nil {
		return resource{}, nil, nil
	}
	return r, body, nil
}

func (a *Archive) putResource(address string, r resource, body []byte) (err error) {
	if r.Body = ""; len(body) > 0 {
		if r.Body, err = a.storeBlob(body); err != nil {
			return fmt.Errorf("crawler: store %s: %w", address, err)
		}
	}
	return a.update(func(tx *bolt.Tx) error { return save(tx, bucketAside, address, r) })
}

// pauseHost notes until when a host asked to be left alone; pausedUntil gives it back, to later crawls too.
func (a *Archive) pauseHost(host string, until time.Time) error {
	return a.update(func(tx *bolt.Tx) error { return save(tx, bucketPauses, host, until) })
}

func (a *Archive) pausedUntil(host string) (until time.Time, err error) {
	err = a.view(func(tx *bolt.Tx) error {
		_, err := a.load(tx, bucketPauses, host, &until)
		return err
	})
	return until, err
}
