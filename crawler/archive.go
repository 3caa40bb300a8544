package crawler

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dalel/index"
)

// Errors of an archive that a caller acts on.
var (
	// ErrLocked: another process has the archive open.
	ErrLocked = errors.New("crawler: the archive is in use by another process")
	// ErrDamaged: the archive's file cannot be read. The error that wraps it names the file and what to do.
	ErrDamaged = errors.New("crawler: the archive is damaged")
	// ErrBusy: a crawl into this archive is under way.
	ErrBusy = errors.New("crawler: a crawl is under way")
	// ErrNotFound: the archive has no such document or capture.
	ErrNotFound = errors.New("crawler: not in the archive")
)

const (
	schema      = "1"
	lockTimeout = time.Second
)

// The buckets of the archive's file.
var (
	bucketMeta     = []byte("meta")     // schema, epoch
	bucketPages    = []byte("pages")    // address → pageState
	bucketDocs     = []byte("docs")     // document ID → docState
	bucketVersions = []byte("versions") // document ID, 0, number → Version
	bucketCaptures = []byte("captures") // sha256 → Capture
	bucketLog      = []byte("log")      // number → logEntry
	bucketAside    = []byte("aside")    // address of a robots.txt or sitemap → resource
	bucketPauses   = []byte("pauses")   // host → until when it asked to be left alone
	buckets        = [][]byte{bucketMeta, bucketPages, bucketDocs, bucketVersions, bucketCaptures, bucketLog, bucketAside, bucketPauses}
)

// An Archive keeps what a crawler saw: the state of every page, every capture, every version of every document, and a numbered log of
// changes, which makes it an index.Feed. Its directory holds one bbolt file and the captures under blobs, by sha256, gzipped. What was
// once seen is never deleted: a page that is gone leaves the feed's documents, not the archive. Methods may be called concurrently.
type Archive struct {
	dir    string
	db     *bolt.DB
	epoch  string
	broken atomic.Bool // the file proved damaged; its locks may be held for ever

	crawl sync.Mutex // held by a crawl

	mu   sync.Mutex
	news chan struct{} // closed and replaced at each new log entry
}

// validators are what a host gave to ask for a page conditionally.
type validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
}

// OpenArchive opens the archive in a directory, or makes one where there is none. The error is ErrLocked within 2 seconds when another
// process has it, and wraps ErrDamaged when its file cannot be read.
func OpenArchive(dir string) (*Archive, error) {
	a := &Archive{dir: dir, news: make(chan struct{})}
	if err := os.MkdirAll(filepath.Join(dir, "blobs"), 0o755); err != nil {
		return nil, fmt.Errorf("crawler: open archive: %w", err)
	}
	if info, err := os.Stat(a.file()); err == nil && info.Size() == 0 {
		return nil, a.damaged(errors.New("the file is empty"))
	}
	err := a.guard(func() (err error) {
		a.db, err = bolt.Open(a.file(), 0o600, &bolt.Options{Timeout: lockTimeout})
		if err != nil {
			return err
		}
		if err := a.db.Update(a.prepare); err != nil {
			return err
		}
		return a.db.View(touch)
	})
	switch {
	case err == nil:
		return a, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("crawler: open archive %s: %w", dir, ErrLocked)
	case errors.Is(err, ErrDamaged):
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		err = a.damaged(err)
	default:
		err = fmt.Errorf("crawler: open archive %s: %w", dir, err)
	}
	if a.db != nil && !a.broken.Load() {
		err = errors.Join(err, a.db.Close())
	}
	return nil, err
}

func (a *Archive) prepare(tx *bolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bucketMeta)
	switch found := string(meta.Get([]byte("schema"))); found {
	case schema:
	case "":
		if err := errors.Join(meta.Put([]byte("schema"), []byte(schema)), meta.Put([]byte("epoch"), []byte(rand.Text()))); err != nil {
			return err
		}
	default:
		return fmt.Errorf("its schema is %q, this program knows %q", found, schema)
	}
	a.epoch = string(meta.Get([]byte("epoch")))
	return nil
}

// touch reads every record once, so that a file that was cut short is found out now and not in the middle of a crawl.
func touch(tx *bolt.Tx) error {
	var sum byte
	for _, name := range buckets {
		err := tx.Bucket(name).ForEach(func(_, data []byte) error {
			for i := 0; i < len(data); i += 4096 {
				sum ^= data[i]
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Archive) file() string { return filepath.Join(a.dir, "archive.db") }

// Close ends the archive. What a crawl reported is on disk already.
func (a *Archive) Close() error {
	if a.broken.Load() {
		return nil // closing would wait for locks that nobody gives back
	}
	if err := a.db.Close(); err != nil {
		return fmt.Errorf("crawler: close archive: %w", err)
	}
	return nil
}

// guard runs what touches the file. bbolt panics, and the memory map faults, where a page of the file makes no sense: that is an
// error here, and the last thing that is tried on this file.
func (a *Archive) guard(op func() error) (err error) {
	if a.broken.Load() {
		return a.damaged(errors.New("found before"))
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			a.broken.Store(true)
			err = a.damaged(fmt.Errorf("%v", p))
		}
	}()
	return op()
}

func (a *Archive) view(op func(*bolt.Tx) error) error {
	return a.guard(func() error { return a.db.View(op) })
}

func (a *Archive) update(op func(*bolt.Tx) error) error {
	return a.guard(func() error { return a.db.Update(op) })
}

func (a *Archive) damaged(cause error) error {
	return fmt.Errorf("%w: %s: %w; move this file away and crawl again, or put a backup in its place (the captures under %s are not touched)",
		ErrDamaged, a.file(), cause, filepath.Join(a.dir, "blobs"))
}

// load reads a record; it reports false where there is none.
func (a *Archive) load(tx *bolt.Tx, bucket []byte, key string, into any) (bool, error) {
	data := tx.Bucket(bucket).Get([]byte(key))
	if data == nil {
		return false, nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return false, a.damaged(fmt.Errorf("%s %q: %w", bucket, key, err))
	}
	return true, nil
}

func save(tx *bolt.Tx, bucket []byte, key string, record any) error {
	data, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put([]byte(key), data)
}

func number(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

// Version is one state of a document.
type Version struct {
	Number   int            `json:"number"`
	Capture  string         `json:"capture"` // sha256 of the page it was read from
	Hashes   []string       `json:"hashes"`  // of its passages, in their order
	Seen     time.Time      `json:"seen"`    // when the page was first seen so
	Document index.Document `json:"document"`
}

// Versions gives every version of a document, the oldest first, or ErrNotFound.
func (a *Archive) Versions(id string) ([]Version, error) {
	var out []Version
	err := a.view(func(tx *bolt.Tx) error {
		prefix := id + "\x00"
		c := tx.Bucket(bucketVersions).Cursor()
		for k, data := c.Seek([]byte(prefix)); len(k) == len(prefix)+8 && string(k[:len(prefix)]) == prefix; k, data = c.Next() {
			var v Version
			if err := json.Unmarshal(data, &v); err != nil {
				return a.damaged(fmt.Errorf("version of %q: %w", id, err))
			}
			out = append(out, v)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("crawler: versions of %s: %w", id, err)
	}
	return out, nil
}

// Document gives a document as it stands, also when its page is gone by now, or ErrNotFound.
func (a *Archive) Document(id string) (index.Document, error) {
	var d docState
	err := a.view(func(tx *bolt.Tx) error {
		found, err := a.load(tx, bucketDocs, id, &d)
		if err == nil && !found {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return index.Document{}, fmt.Errorf("crawler: document %s: %w", id, err)
	}
	return d.Document, nil
}

// SourceStatus is where the pages of one source stand.
type SourceStatus struct {
	Pages     int       // known and not gone
	Documents int       // in the feed
	Failing   int       // pages whose last visit failed
	Gone      int       // pages that are gone
	Visited   time.Time // last answer of any of its pages; zero: never
}

// Status gives the state of every source that has pages in the archive, by Source.ID.
func (a *Archive) Status() (map[string]SourceStatus, error) {
	out := map[string]SourceStatus{}
	err := a.view(func(tx *bolt.Tx) error {
		err := tx.Bucket(bucketPages).ForEach(func(k, data []byte) error {
			var p pageState
			if err := json.Unmarshal(data, &p); err != nil {
				return a.damaged(fmt.Errorf("page %q: %w", k, err))
			}
			s := out[p.Source]
			if p.Gone {
				s.Gone++
			} else {
				s.Pages++
			}
			if p.Failures > 0 {
				s.Failing++
			}
			if p.Fetched.After(s.Visited) {
				s.Visited = p.Fetched
			}
			out[p.Source] = s
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Bucket(bucketDocs).ForEach(func(k, data []byte) error {
			var d docState
			if err := json.Unmarshal(data, &d); err != nil {
				return a.damaged(fmt.Errorf("document %q: %w", k, err))
			}
			if s := out[d.Document.Source]; !d.Gone {
				s.Documents++
				out[d.Document.Source] = s
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("crawler: status: %w", err)
	}
	return out, nil
}
