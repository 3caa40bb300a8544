package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Open opens the index in a directory, or makes one where there is none or an empty one.
//
// An index that is damaged, or that another version of the program made, is set aside: the directory is renamed, to its name
// with ".damaged-" or ".outdated-" and the time, and kept; an empty index takes its place, Rebuilt says so, and following the
// feeds from their beginning fills it. Every segment is read and its checksum compared, so that opening takes about as long as
// reading the files.
//
// Open gives ErrLocked within two seconds where the index is in use, and ErrNotIndex for a directory with other files in it;
// neither changes anything. The lock is a file beside the directory, with ".lock" behind its name, which stays.
func Open(dir string, o Options) (*Index, error) {
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("index: open: %w", err)
	}
	l, err := waitForLock(dir + ".lock")
	if err != nil {
		return nil, err
	}
	x := newIndex(o)
	x.lock = l
	if err := x.openOrSetAside(dir); err != nil {
		l.release()
		return nil, err
	}
	return x, nil
}

const (
	lockWait  = time.Second // a process that is ending keeps its lock for a moment
	lockPause = 50 * time.Millisecond

	boltName = "root.bolt"
	metaName = "index_meta.json"
)

// runtimeConfig goes to bleve at each opening: without the timeout a second owner of the directory would wait for ever.
func runtimeConfig() map[string]any { return map[string]any{"bolt_timeout": "500ms"} }

func waitForLock(path string) (*lock, error) {
	deadline := time.Now().Add(lockWait)
	for {
		l, err := takeLock(path)
		if !errors.Is(err, ErrLocked) || time.Now().After(deadline) {
			return l, err
		}
		time.Sleep(lockPause)
	}
}

// errOutdated: a whole index that another version of the program made.
var errOutdated = errors.New("made by another version of the program")

func (x *Index) openOrSetAside(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("index: open: %w", err)
	}
	if len(entries) == 0 {
		return x.create(dir)
	}
	if !looksLikeIndex(dir) {
		return fmt.Errorf("index: open %s: %w", dir, ErrNotIndex)
	}
	if err := usedByOthers(filepath.Join(dir, "store", boltName)); err != nil {
		return err
	}
	problem := x.openWhole(dir)
	if problem == nil {
		return nil
	}
	if !ofTheIndex(problem) {
		return fmt.Errorf("index: open %s: %w", dir, problem)
	}
	aside, err := x.setAside(dir, problem)
	if err != nil {
		return err
	}
	x.log.Warn("the index was set aside, an empty one takes its place", "index_dir", dir, "kept_as", aside, "because", problem.Error())
	x.rebuilt = true
	return x.create(dir)
}

func looksLikeIndex(dir string) bool {
	for _, name := range []string{metaName, "store"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// usedByOthers reports that a process which does not know our lock has the index open.
func usedByOthers(bolt string) error {
	if _, err := os.Stat(bolt); err != nil {
		return nil
	}
	l, err := takeLock(bolt)
	if errors.Is(err, ErrLocked) {
		return err
	}
	l.release()
	return nil
}

// ofTheIndex reports whether a problem is one of the index itself, and not of the machine around it, where a new index would
// fare no better.
func ofTheIndex(problem error) bool {
	for _, other := range []error{fs.ErrPermission, syscall.EMFILE, syscall.ENFILE, syscall.ENOSPC, syscall.EROFS} {
		if errors.Is(problem, other) {
			return false
		}
	}
	return true
}

// create makes an index in a directory that does not exist or is empty.
func (x *Index) create(dir string) (err error) {
	defer x.guard("create", &err)
	b, err := bleve.NewUsing(dir, bleve.NewIndexMapping(), scorch.Name, scorch.Name, runtimeConfig())
	if err != nil {
		return fmt.Errorf("index: make %s: %w", dir, err)
	}
	if err := b.SetInternal([]byte(internalSchema), []byte(schema)); err != nil {
		return errors.Join(fmt.Errorf("index: make %s: %w", dir, err), b.Close())
	}
	return x.take(b)
}

// openWhole opens an index whose every part is there and can be read, and says what is wrong with any other.
func (x *Index) openWhole(dir string) (err error) {
	// Bleve must not see an index without its root: it would take the segments for leftovers and delete them.
	bolt, err := os.Stat(filepath.Join(dir, "store", boltName))
	if err != nil {
		return fmt.Errorf("no root: %w", err)
	}
	if err := checkRoot(filepath.Join(dir, "store", boltName), bolt.Size()); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var b bleve.Index
	defer func() {
		if err != nil && b != nil {
			x.closeBroken(b)
		}
	}()
	defer x.quiet(&err)
	if b, err = bleve.OpenUsing(dir, runtimeConfig()); err != nil {
		return err
	}
	if err := check(b); err != nil {
		return err
	}
	return x.take(b)
}

// quiet turns a panic of a damaged index into the reason why it is set aside, which is logged once.
func (x *Index) quiet(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%v: %w", r, ErrDamaged)
	}
}

// closeBroken closes what may fail to close; its files are about to be renamed, and nothing more can be done.
func (x *Index) closeBroken(b bleve.Index) {
	var err error
	defer x.quiet(&err)
	if err := b.Close(); err != nil {
		x.log.Warn("a damaged index did not close", "error", err)
	}
}

// check reads all of an index once.
func check(b bleve.Index) error {
	version, err := b.GetInternal([]byte(internalSchema))
	if err != nil {
		return err
	}
	if len(version) == 0 {
		return fmt.Errorf("no lay-out is named: %w", ErrDamaged)
	}
	if string(version) != schema {
		return fmt.Errorf("lay-out %q, not %q: %w", version, schema, errOutdated)
	}
	engine, err := b.Advanced()
	if err != nil {
		return err
	}
	r, err := engine.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	s, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return fmt.Errorf("engine %T: %w", r, errOutdated)
	}
	for _, segment := range s.Segments() {
		if file, ok := segment.Segment().(interface{ Path() string }); ok {
			if err := checkSegment(file.Path()); err != nil {
				return err
			}
		}
	}
	_, err = snapshot{r}.sums()
	return err
}

// checkSegment compares a segment file with the CRC-32 in its last four bytes, which is of all before them.
func checkSegment(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	const size = 4
	if info.Size() <= size {
		return fmt.Errorf("segment %s is cut short: %w", filepath.Base(path), ErrDamaged)
	}
	h := crc32.NewIEEE()
	if _, err := io.CopyN(h, f, info.Size()-size); err != nil {
		return err
	}
	var want [size]byte
	if _, err := io.ReadFull(f, want[:]); err != nil {
		return err
	}
	if h.Sum32() != binary.BigEndian.Uint32(want[:]) {
		return fmt.Errorf("segment %s does not have its checksum: %w", filepath.Base(path), ErrDamaged)
	}
	return nil
}

// setAside renames the directory of an index that cannot be used, to a name that is free.
func (x *Index) setAside(dir string, problem error) (string, error) {
	why := "damaged"
	if errors.Is(problem, errOutdated) {
		why = "outdated"
	}
	base := dir + "." + why + "-" + x.now().UTC().Format("20060102T150405Z")
	aside := base
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s-%d", base, n)
	}
	if err := os.Rename(dir, aside); err != nil {
		return "", fmt.Errorf("index: set aside (%v): %w", problem, err)
	}
	return aside, nil
}
