//go:build !unix

package plughost

import "errors"

func mapBlocks(int, uint64) ([]byte, error) {
	return nil, errors.New("this system cannot inherit it")
}
