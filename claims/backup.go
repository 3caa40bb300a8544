package claims

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"time"
	"unicode/utf8"
)

// A backup is gzipped lines of JSON: a header, one line an item, and a line that closes it with the number of items and the SHA-256 of all lines
// before. Records are kept to the byte, because the links of the event log rest on them.

// backupForm names what a backup holds and how.
const backupForm = "dalel backup 1"

// MaxBackupLine is the longest line of a backup that Restore reads, in bytes: far more than any record.
const MaxBackupLine = 64 << 20

// ErrBackup says that a file is no backup, is damaged, or was cut short.
var ErrBackup = errors.New("claims: not a whole backup")

type backupHeader struct {
	Form string    `json:"form"`
	At   time.Time `json:"at"`
}

type backupLine struct {
	Kind    ItemKind  `json:"k,omitempty"`
	Name    string    `json:"n,omitempty"`
	Version int64     `json:"v,omitempty"`
	Number  int64     `json:"i,omitempty"`
	Link    string    `json:"l,omitempty"`
	Until   time.Time `json:"t,omitzero"`
	Text    string    `json:"d,omitempty"` // the data, where it is UTF-8
	Bytes   []byte    `json:"b,omitempty"` // else
	End     *ending   `json:"end,omitempty"`
}

type ending struct {
	Items  int64  `json:"items"`
	SHA256 string `json:"sha256"`
}

// A BackupInfo says what a backup holds.
type BackupInfo struct {
	At    time.Time          // when it was made, by the store's clock
	Items map[ItemKind]int64 // how many of each kind; what came twice counts twice
}

// Backup writes everything that a store keeps, as it is at one moment, while others go on using it.
func Backup(ctx context.Context, s Store, w io.Writer, progress Progress) (BackupInfo, error) {
	info := BackupInfo{Items: map[ItemKind]int64{}}
	at, err := s.Now(ctx)
	if err != nil {
		return info, fmt.Errorf("claims: backup: %w", err)
	}
	info.At = at
	packed := gzip.NewWriter(w)
	out := &backupWriter{to: bufio.NewWriter(packed), sum: sha256.New()}
	err = out.line(backupHeader{Form: backupForm, At: at})
	if err == nil {
		err = s.Snapshot(ctx, func(i Item) error {
			info.Items[i.Kind]++
			out.items++
			if out.items%logPage == 0 {
				progress.tell("items", out.items, 0)
			}
			return out.line(lineOf(i))
		})
	}
	if err == nil {
		err = out.line(backupLine{End: &ending{Items: out.items, SHA256: hex.EncodeToString(out.sum.Sum(nil))}})
	}
	if err == nil {
		err = errors.Join(out.to.Flush(), packed.Close())
	}
	if err != nil {
		return info, fmt.Errorf("claims: backup: %w", err)
	}
	progress.tell("items", out.items, out.items)
	return info, nil
}

type backupWriter struct {
	to    *bufio.Writer
	sum   hash.Hash
	items int64
}

func (w *backupWriter) line(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(data) > MaxBackupLine {
		return fmt.Errorf("a record of %d bytes is more than a backup can hold", len(data))
	}
	data = append(data, '\n')
	w.sum.Write(data)
	_, err = w.to.Write(data)
	return err
}

func lineOf(i Item) backupLine {
	l := backupLine{Kind: i.Kind, Name: i.Name, Version: i.Version, Number: i.Number, Link: i.Link, Until: i.Until}
	if utf8.Valid(i.Data) {
		l.Text = string(i.Data)
	} else {
		l.Bytes = i.Data
	}
	return l
}

func (l backupLine) item() Item {
	data := l.Bytes
	if l.Text != "" {
		data = []byte(l.Text)
	}
	return Item{Kind: l.Kind, Name: l.Name, Version: l.Version, Number: l.Number, Link: l.Link, Until: l.Until, Data: data}
}

// Restore fills an empty store from a backup, of whichever store it was made. The whole backup is checked before anything is written: it gives
// ErrBackup, wrapped, where something is missing or changed. ErrNotEmpty is the store's.
func Restore(ctx context.Context, s Store, r io.ReadSeeker, progress Progress) (BackupInfo, error) {
	info := BackupInfo{Items: map[ItemKind]int64{}}
	var total int64
	at, err := readBackup(r, func(i Item) bool {
		info.Items[i.Kind]++
		if total++; total%logPage == 0 {
			progress.tell("checked", total, 0)
		}
		return ctx.Err() == nil
	})
	info.At = at
	if err = errors.Join(err, ctx.Err()); err != nil {
		return info, fmt.Errorf("claims: restore: %w", err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return info, fmt.Errorf("claims: restore: %w", err)
	}
	if err := s.Load(ctx, itemsOf(r, total, progress)); err != nil {
		return info, fmt.Errorf("claims: restore: %w", err)
	}
	progress.tell("items", total, total)
	return info, nil
}

// itemsOf are the items of a backup, with the error that ends it early.
func itemsOf(r io.Reader, total int64, progress Progress) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		var n int64
		more := true
		_, err := readBackup(r, func(i Item) bool {
			if n++; n%logPage == 0 {
				progress.tell("items", n, total)
			}
			more = yield(i, nil)
			return more
		})
		if err != nil && more {
			yield(Item{}, err)
		}
	}
}

// readBackup calls f with each item until it has had enough, and checks the file as it goes.
func readBackup(r io.Reader, f func(Item) bool) (at time.Time, err error) {
	packed, err := gzip.NewReader(r)
	if err != nil {
		return at, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	lines := bufio.NewScanner(packed)
	lines.Buffer(make([]byte, 0, 64<<10), MaxBackupLine)
	sum := sha256.New()
	if !lines.Scan() {
		return at, fmt.Errorf("%w: it is empty: %w", ErrBackup, errors.Join(lines.Err(), io.ErrUnexpectedEOF))
	}
	var header backupHeader
	if err := json.Unmarshal(lines.Bytes(), &header); err != nil || header.Form != backupForm {
		return at, fmt.Errorf("%w: it does not begin as %q does", ErrBackup, backupForm)
	}
	hashed := func(line []byte) {
		sum.Write(line)
		sum.Write([]byte{'\n'})
	}
	hashed(lines.Bytes())
	for n := int64(0); lines.Scan(); n++ {
		var l backupLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return header.At, fmt.Errorf("%w: item %d: %w", ErrBackup, n+1, err)
		}
		if l.End != nil {
			if l.End.Items != n || l.End.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
				return header.At, fmt.Errorf("%w: its items are not those that were written", ErrBackup)
			}
			if lines.Scan() {
				return header.At, fmt.Errorf("%w: it goes on after its end", ErrBackup)
			}
			if err := lines.Err(); err != nil {
				return header.At, fmt.Errorf("%w: its end is damaged: %w", ErrBackup, err)
			}
			return header.At, nil
		}
		hashed(lines.Bytes())
		if !f(l.item()) {
			return header.At, nil
		}
	}
	return header.At, fmt.Errorf("%w: it was cut short: %w", ErrBackup, errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}
