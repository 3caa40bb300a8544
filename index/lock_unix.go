//go:build unix

package index

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock is a file that one owner at a time holds; the system lets go of it when a process ends, however it ends.
type lock struct{ file *os.File }

// takeLock takes the lock of a file, which it makes where there is none, or gives ErrLocked at once.
func takeLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("index: lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &lock{f}, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("index: lock %s: %w", path, ErrLocked)
	}
	return nil, fmt.Errorf("index: lock %s: %w", path, err)
}

// release lets go of the lock. The file stays, as another process may wait for it.
func (l *lock) release() {
	if l != nil {
		l.file.Close()
	}
}
