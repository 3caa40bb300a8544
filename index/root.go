package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Where a bbolt file says how long it is: in one of two meta pages, the first at its beginning and the second one page behind.
//
// Source: go.etcd.io/bbolt, internal/common, page.go and meta.go; the numbers are in the machine's byte order.
const (
	boltMagic    = 0xED0CDAED
	boltHeader   = 16 // of a page, before what it holds
	boltMetaSize = boltHeader + 64
	boltPageSize = 8  // uint32, behind the header
	boltPages    = 40 // uint64: how many pages there are
	boltTx       = 48 // uint64: the transaction that wrote the page
)

// checkRoot reports a root file that is shorter than it says. Bleve opens it, and fails when it comes to what is missing: in a goroutine of its own, so that
// the next batch would wait for ever.
func checkRoot(path string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	pageSize, pages, tx, found := meta(f, 0)
	for _, guess := range []int64{int64(pageSize), 4 << 10, 16 << 10, 64 << 10} { // where the first one is gone, the second tells
		if p, n, newer, ok := meta(f, guess); guess > 0 && ok && (!found || newer > tx) {
			pageSize, pages, tx, found = p, n, newer, true
		}
	}
	if !found {
		return fmt.Errorf("the root has no beginning: %w", ErrDamaged)
	}
	if want := pages * uint64(pageSize); uint64(size) < want {
		return fmt.Errorf("the root has %d bytes of %d: %w", size, want, ErrDamaged)
	}
	return nil
}

// meta reads what matters of the meta page at an offset.
func meta(f *os.File, at int64) (pageSize uint32, pages, tx uint64, ok bool) {
	var page [boltMetaSize]byte
	if _, err := f.ReadAt(page[:], at); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, 0, false
	}
	in, order := page[boltHeader:], binary.NativeEndian
	if order.Uint32(in) != boltMagic {
		return 0, 0, 0, false
	}
	return order.Uint32(in[boltPageSize:]), order.Uint64(in[boltPages:]), order.Uint64(in[boltTx:]), true
}
