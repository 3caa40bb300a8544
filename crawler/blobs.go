package crawler

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Capture says what a stored body is: the first time it was seen, and where.
type Capture struct {
	URL  string    `json:"url"`
	Type string    `json:"type"` // the Content-Type header it came with
	Size int       `json:"size"` // bytes, without content coding
	Seen time.Time `json:"seen"`
}

// Capture gives a stored body by its sha256, exactly as it was served but for the content coding, or ErrNotFound. A body that no longer has
// its hash is an error.
func (a *Archive) Capture(hash string) (Capture, []byte, error) {
	var c Capture
	err := a.view(func(tx *bolt.Tx) error {
		found, err := a.load(tx, bucketCaptures, hash, &c)
		if err == nil && !found {
			err = ErrNotFound
		}
		return err
	})
	var body []byte
	if err == nil {
		body, err = a.blob(hash)
	}
	if err != nil {
		return Capture{}, nil, fmt.Errorf("crawler: capture %s: %w", hash, err)
	}
	return c, body, nil
}

func (a *Archive) blobPath(hash string) string {
	return filepath.Join(a.dir, "blobs", hash[:2], hash+".gz")
}

func (a *Archive) blob(hash string) ([]byte, error) {
	if len(hash) != 2*sha256.Size {
		return nil, ErrNotFound
	}
	f, err := os.Open(a.blobPath(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(z, maxSitemapBytes+1))
	if err != nil {
		return nil, err
	}
	if hashOf(body) != hash {
		return nil, errors.New("the stored body does not have its hash")
	}
	return body, nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// storeBlob puts a body on disk, whole and durable, before anything may refer to it. A body that is there already is left alone.
func (a *Archive) storeBlob(body []byte) (hash string, err error) {
	hash = hashOf(body)
	path := a.blobPath(hash)
	if _, err := os.Stat(path); err == nil {
		return hash, nil
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(body); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	dir := filepath.Dir(path)
	fresh := false
	if err := os.Mkdir(dir, 0o755); err == nil {
		fresh = true
	} else if !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if err := writeDurably(dir, path, packed.Bytes()); err != nil {
		return "", err
	}
	if fresh {
		return hash, syncDir(filepath.Dir(dir))
	}
	return hash, nil
}

func writeDurably(dir, path string, data []byte) (err error) {
	f, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
