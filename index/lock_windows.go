package index

import (
	"errors"
	"fmt"
	"syscall"
)

// lock is a file that one owner at a time has open; the system closes it when a process ends, however it ends.
type lock struct{ file syscall.Handle }

// sharingViolation is ERROR_SHARING_VIOLATION: another has the file open and shares it with nobody.
const sharingViolation = syscall.Errno(32)

// takeLock takes the lock of a file, which it makes where there is none, or gives ErrLocked at once.
func takeLock(path string) (*lock, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("index: lock: %w", err)
	}
	const alone = 0
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, alone, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharingViolation) {
		return nil, fmt.Errorf("index: lock %s: %w", path, ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("index: lock %s: %w", path, err)
	}
	return &lock{h}, nil
}

// release lets go of the lock. The file stays, as another process may wait for it.
func (l *lock) release() {
	if l != nil {
		syscall.CloseHandle(l.file)
	}
}
