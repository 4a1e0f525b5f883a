//go:build unix

package plughost

import (
	"errors"
	"syscall"
)

func mapBlocks(descriptor int, size uint64) ([]byte, error) {
	if size > 1<<46 {
		return nil, errors.New("its size is impossible")
	}
	return syscall.Mmap(descriptor, 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
}
