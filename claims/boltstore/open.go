package boltstore

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"dalel/claims"
)

// form names what the file holds and how. Another form is refused.
const form = "dalel claims 2"

// firstForm is the one before, which was never released: nothing reads it.
const firstForm = "dalel claims 1"

// lockTimeout is how long Open waits for another process to let go of the file.
const lockTimeout = 1500 * time.Millisecond

var (
	bucketMeta        = []byte("meta")
	bucketClaims      = []byte("claims")
	bucketSubmissions = []byte("submissions")
	bucketIndex       = []byte("index")
	bucketCounts      = []byte("counts")
	bucketEvents      = []byte("events")
	bucketHistory     = []byte("history")
	bucketOnce        = []byte("once")
	bucketOnceTimes   = []byte("once_times")
	bucketAccounts    = []byte("accounts")
	bucketCredentials = []byte("credentials")
	bucketOwners      = []byte("credential_owners")
	bucketEnds        = []byte("credential_ends")
	bucketDamaged     = []byte("damaged")

	keyForm    = []byte("form")
	keyEpoch   = []byte("epoch")
	keyLink    = []byte("link")
	keyLoading = []byte("loading")
)

func buckets() [][]byte {
	return [][]byte{bucketMeta, bucketClaims, bucketSubmissions, bucketIndex, bucketCounts, bucketEvents, bucketHistory, bucketOnce,
		bucketOnceTimes, bucketAccounts, bucketCredentials, bucketOwners, bucketEnds, bucketDamaged}
}

// openFile opens a bbolt file. A damaged one may make bbolt panic: then the error names the file, which stays locked until the process
// ends, because what bbolt has mapped cannot be given back.
func openFile(path string) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, fmt.Errorf("boltstore: %s is damaged: %v", path, r)
		}
	}()
	if err := whole(path); err != nil {
		return nil, err
	}
	db, opened, err := openBolt(path, 0)
	if err != nil {
		return nil, openError(path, err)
	}
	// Whoever had the file may have exchanged it while we waited: then ours has no name any more.
	if same, err := named(opened, path); err != nil || !same {
		return nil, errors.Join(fmt.Errorf("boltstore: open %s: %w", path, claims.ErrLocked), err, db.Close())
	}
	// What a crash has left of a Compact.
	target, err := filepath.EvalSymlinks(path)
	if err = errors.Join(err, remove(target+compacting)); err != nil {
		return nil, errors.Join(fmt.Errorf("boltstore: open %s: %w", path, err), db.Close())
	}
	return db, nil
}

// room is how much a file can grow before bbolt must map it anew, for which it waits until all readers have ended, Snapshot too. It costs
// address space, no memory.
const room = 512 << 20

// growth is by how much the file grows at a time.
const growth = 1 << 20

// openBolt opens a bbolt file with room for what it holds and size bytes more. It also gives the file itself.
func openBolt(path string, size int64) (db *bbolt.DB, opened *os.File, err error) {
	if info, err := os.Stat(path); err == nil {
		size += info.Size()
	}
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, InitialMmapSize: int(size) + room,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			opened, err = os.OpenFile(name, flag, mode)
			return opened, err
		}})
	if err != nil {
		return nil, nil, err
	}
	db.AllocSize = growth
	return db, opened, nil
}

// named reports whether an open file is the one that has a name.
func named(opened *os.File, path string) (bool, error) {
	ours, err := opened.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(ours, there), err
}

func openError(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("boltstore: open %s: %w", path, claims.ErrLocked)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("boltstore: %s is not a store file, or is damaged: %w", path, err)
	}
	return fmt.Errorf("boltstore: open %s: %w", path, err)
}

// whole reports a file that is shorter than its own meta page says. It looks before the file is opened for writing, when bbolt reads
// pages that may be beyond the end: that would be a fault.
func whole(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return nil // it is new
	}
	if err != nil {
		return fmt.Errorf("boltstore: open %s: %w", path, err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, ReadOnly: true})
	if err != nil {
		return openError(path, err)
	}
	var need int64
	err = db.View(func(tx *bbolt.Tx) error {
		need = tx.Size()
		return nil
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return openError(path, err)
	}
	if info.Size() < need {
		return fmt.Errorf("boltstore: %s is damaged: it was cut short to %d of %d bytes", path, info.Size(), need)
	}
	return nil
}

// prepare makes the buckets of a new file, and holds one that is there to its form. It reports whether a Load of it has not ended.
func prepare(db *bbolt.DB, path string) (loading bool, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("boltstore: %s is damaged: %v", path, r)
		}
	}()
	fresh := false
	err = db.View(func(tx *bbolt.Tx) error {
		if first, _ := tx.Cursor().First(); first == nil {
			fresh = true
			return nil
		}
		meta := tx.Bucket(bucketMeta)
		if meta != nil && string(meta.Get(keyForm)) == firstForm {
			return fmt.Errorf("boltstore: %s was written by an earlier version of this program, whose form %q is not read any more", path, firstForm)
		}
		if meta == nil || string(meta.Get(keyForm)) != form {
			return fmt.Errorf("boltstore: %s is a bbolt file, but not a store of claims in the form %q", path, form)
		}
		for _, name := range buckets() {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("boltstore: %s is damaged: it has no bucket %q", path, name)
			}
		}
		loading = meta.Get(keyLoading) != nil
		return nil
	})
	if err != nil || !fresh {
		return loading, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Put(keyForm, []byte(form)), meta.Put(keyEpoch, []byte(rand.Text())))
	})
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return false, fmt.Errorf("boltstore: make %s: %w", path, err)
	}
	return false, nil
}

// syncDir makes a new file's name durable: bbolt syncs the file only.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
