package crawler

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"dalel/index"
)

// missesToGone is how many crawls in a row must find a page missing (404) before it counts as gone. A 410 is believed at once.
const missesToGone = 3

// pageState is what the archive knows of one address.
type pageState struct {
	Source string `json:"source"`
	Found  uint64 `json:"found"` // orders pages by when they were discovered
	validators
	Fetched  time.Time `json:"fetched,omitzero"`   // last answer
	Status   int       `json:"status,omitempty"`   // of the last answer; 0: none yet
	Failures int       `json:"failures,omitempty"` // visits in a row that failed
	Misses   int       `json:"misses,omitempty"`   // visits in a row that found it missing
	Gone     bool      `json:"gone,omitempty"`
	Capture  string    `json:"capture,omitempty"`  // sha256 of the last body
	Document string    `json:"document,omitempty"` // that this page carries, or of which it is another address
}

// docState is a document as it stands.
type docState struct {
	Carrier  string         `json:"carrier"` // the address that it is read from
	Gone     bool           `json:"gone,omitempty"`
	Hashes   []string       `json:"hashes"`
	Document index.Document `json:"document"`
}

type logEntry struct {
	Document string    `json:"document"`
	Deleted  bool      `json:"deleted,omitempty"`
	Version  int       `json:"version"`
	At       time.Time `json:"at"`
}

// A visit is what came of asking for a page, as the archive takes it: one visit, one transaction.
type visit struct {
	source *Source
	url    string
	at     time.Time
	answer *answer  // nil: none came
	page   *Page    // what was read of the answer's body; nil: nothing may or can be
	retire bool     // the page exists but may not be kept in an index any more
	moved  bool     // the answer is a redirect within the source
	found  []string // addresses that are to be visited
}

// keep writes a visit and tells what it meant for the documents. It leaves the document of a page that failed as it was.
func (a *Archive) keep(v visit) (Outcome, error) {
	capture := ""
	if v.answer != nil && len(v.answer.body) > 0 {
		var err error
		if capture, err = a.storeBlob(v.answer.body); err != nil {
			return "", fmt.Errorf("crawler: store capture of %s: %w", v.url, err)
		}
	}
	outcome := Failed
	logged := false
	err := a.update(func(tx *bolt.Tx) error {
		state, err := a.known(tx, v.source.ID, v.url)
		if err != nil {
			return err
		}
		before := tx.Bucket(bucketLog).Sequence()
		if capture != "" {
			if err := a.noteCapture(tx, capture, v); err != nil {
				return err
			}
		}
		if outcome, err = a.judge(tx, &state, v, capture); err != nil {
			return err
		}
		if err := save(tx, bucketPages, v.url, state); err != nil {
			return err
		}
		for _, url := range v.found {
			if _, err := a.known(tx, v.source.ID, url); err != nil {
				return err
			}
		}
		logged = tx.Bucket(bucketLog).Sequence() != before
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("crawler: keep %s: %w", v.url, err)
	}
	if logged {
		a.announce()
	}
	return outcome, nil
}

// known gives the state of an address, which is entered when it is new.
func (a *Archive) known(tx *bolt.Tx, source, url string) (pageState, error) {
	var p pageState
	found, err := a.load(tx, bucketPages, url, &p)
	if err != nil || found {
		return p, err
	}
	if p.Found, err = tx.Bucket(bucketPages).NextSequence(); err != nil {
		return p, err
	}
	p.Source = source
	return p, save(tx, bucketPages, url, p)
}

// judge brings the page's state up to date, and its document with it.
func (a *Archive) judge(tx *bolt.Tx, p *pageState, v visit, capture string) (Outcome, error) {
	if v.answer == nil {
		p.Failures++
		return Failed, nil
	}
	p.Source, p.Status, p.Fetched = v.source.ID, v.answer.status, v.at
	switch {
	case v.answer.status == http.StatusNotModified && p.validators != (validators{}):
		p.Failures, p.Misses = 0, 0
		return NotModified, nil
	case v.answer.status == http.StatusNotFound, v.answer.status == http.StatusGone:
		p.Misses++
		if p.Misses < missesToGone && v.answer.status == http.StatusNotFound {
			p.Failures++
			return Failed, nil
		}
		p.Failures, p.Gone, p.validators = 0, true, validators{}
		return Gone, a.retire(tx, p, v)
	case v.moved:
		p.Failures, p.Misses, p.validators = 0, 0, validators{}
		if v.answer.status != http.StatusMovedPermanently && v.answer.status != http.StatusPermanentRedirect {
			return Moved, nil // for now only: its document stays
		}
		return Moved, a.retire(tx, p, v)
	case v.retire:
		p.Failures, p.Misses, p.Capture, p.validators = 0, 0, capture, v.answer.validators()
		return Skipped, a.retire(tx, p, v)
	case v.page == nil:
		p.Failures++
		return Failed, nil
	}
	p.Failures, p.Misses, p.Gone, p.Capture, p.validators = 0, 0, false, capture, v.answer.validators()
	return a.settle(tx, p, v, capture)
}

// settle puts what was read of a page into its document, and decides by the hashes of its passages alone whether that is a new version.
func (a *Archive) settle(tx *bolt.Tx, p *pageState, v visit, capture string) (Outcome, error) {
	hashes := passageHashes(v.page.Passages)
	id := v.page.Canonical
	d, exists, err := a.docState(tx, id)
	if err != nil {
		return "", err
	}
	if exists && !d.Gone && d.Carrier != v.url {
		if slices.Equal(d.Hashes, hashes) {
			// Another address of a document that is carried elsewhere.
			if p.Document != id {
				if err := a.retire(tx, p, v); err != nil {
					return "", err
				}
			}
			p.Document = id
			return Unchanged, nil
		}
		// It claims to be a page that says other things. Its own address is the better name.
		id = v.url
		if d, exists, err = a.docState(tx, id); err != nil {
			return "", err
		}
	}
	if p.Document != id {
		if err := a.retire(tx, p, v); err != nil {
			return "", err
		}
	}
	p.Document = id
	same := exists && slices.Equal(d.Hashes, hashes)
	fresh := index.Document{
		ID: id, Kind: index.KindGuidance, Source: v.source.ID, URL: id, Title: v.page.Title, Lang: v.page.Lang,
		Published: v.page.Published, Modified: v.page.Modified, Fetched: index.DateOf(v.at),
		Version: d.Document.Version, Passages: v.page.Passages,
	}
	if same && !d.Gone {
		fresh.Fetched = d.Document.Fetched
		if alike, err := sameRecord(fresh, d.Document); err != nil || alike {
			return Unchanged, err
		}
		fresh.Fetched = index.DateOf(v.at) // a title, a date or an anchor changed
		return Unchanged, a.putDocument(tx, docState{Carrier: v.url, Hashes: hashes, Document: fresh}, v.at)
	}
	outcome := Changed
	if !exists {
		outcome = New
	}
	if !same {
		fresh.Version++
		version := Version{Number: fresh.Version, Capture: capture, Hashes: hashes, Seen: v.at, Document: fresh}
		if err := save(tx, bucketVersions, id+"\x00"+number(uint64(fresh.Version)), version); err != nil {
			return "", err
		}
	}
	return outcome, a.putDocument(tx, docState{Carrier: v.url, Hashes: hashes, Document: fresh}, v.at)
}

// sameRecord reports whether two documents are stored alike.
func sameRecord(x, y index.Document) (bool, error) {
	a, err := json.Marshal(x)
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(y)
	return bytes.Equal(a, b), err
}

func (a *Archive) docState(tx *bolt.Tx, id string) (d docState, exists bool, err error) {
	exists, err = a.load(tx, bucketDocs, id, &d)
	return d, exists, err
}

func (a *Archive) putDocument(tx *bolt.Tx, d docState, at time.Time) error {
	if err := save(tx, bucketDocs, d.Document.ID, d); err != nil {
		return err
	}
	return appendLog(tx, logEntry{Document: d.Document.ID, Version: d.Document.Version, Deleted: d.Gone, At: at})
}

// retire takes the document that a page carries out of the feed. Its versions stay.
func (a *Archive) retire(tx *bolt.Tx, p *pageState, v visit) error {
	id := p.Document
	p.Document = ""
	if id == "" {
		return nil
	}
	d, exists, err := a.docState(tx, id)
	if err != nil || !exists || d.Gone || d.Carrier != v.url {
		return err
	}
	d.Gone = true
	return a.putDocument(tx, d, v.at)
}

func (a *Archive) noteCapture(tx *bolt.Tx, hash string, v visit) error {
	if tx.Bucket(bucketCaptures).Get([]byte(hash)) != nil {
		return nil
	}
	return save(tx, bucketCaptures, hash, Capture{
		URL: v.url, Type: v.answer.header.Get("Content-Type"), Size: len(v.answer.body), Seen: v.at,
	})
}

func appendLog(tx *bolt.Tx, e logEntry) error {
	n, err := tx.Bucket(bucketLog).NextSequence()
	if err != nil {
		return err
	}
	return save(tx, bucketLog, number(n), e)
}

// passageHashes gives the sha256 of each passage: of its kind, headings and text.
func passageHashes(passages []index.Passage) []string {
	out := make([]string, len(passages))
	for i, p := range passages {
		sum := sha256.New()
		for _, s := range slices.Concat([]string{string(p.Kind), p.Text}, p.Heading) {
			sum.Write(binary.AppendUvarint(nil, uint64(len(s))))
			sum.Write([]byte(s))
		}
		out[i] = hex.EncodeToString(sum.Sum(nil))
	}
	return out
}

// page gives the state of an address; the zero state where it is not known. Where the page's document is gone, because it was another
// address that carried it, the state has no validators: the page must be read again to carry it on.
func (a *Archive) page(url string) (p pageState, err error) {
	err = a.view(func(tx *bolt.Tx) error {
		if _, err := a.load(tx, bucketPages, url, &p); err != nil || p.Document == "" {
			return err
		}
		d, _, err := a.docState(tx, p.Document)
		if d.Gone {
			p.validators = validators{}
		}
		return err
	})
	return p, err
}

// enter makes addresses known as pages of a source, in this order, and gives all of the source's pages that are not gone, in the order
// of their discovery.
func (a *Archive) enter(source string, addresses []string) (all []string, err error) {
	type known struct {
		url   string
		found uint64
	}
	var pages []known
	err = a.update(func(tx *bolt.Tx) error {
		for _, url := range addresses {
			if _, err := a.known(tx, source, url); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketPages).ForEach(func(k, data []byte) error {
			var p pageState
			if err := json.Unmarshal(data, &p); err != nil {
				return a.damaged(fmt.Errorf("page %q: %w", k, err))
			}
			if p.Source == source && !p.Gone {
				pages = append(pages, known{string(k), p.Found})
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("crawler: pages of %s: %w", source, err)
	}
	slices.SortFunc(pages, func(a, b known) int { return cmp.Compare(a.found, b.found) })
	for _, p := range pages {
		all = append(all, p.url)
	}
	return all, nil
}
