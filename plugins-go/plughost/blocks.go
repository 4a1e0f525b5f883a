package plughost

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/plughost/plughost/plugins-go/plughost/wire"
)

// block is what a request is about: bytes, and the ranges of whole lines in question.
type block struct {
	bytes  []byte
	ranges []span
}

type span struct{ begin, end int }

// blockOf finds the bytes of a request, and checks its ranges.
func (c *control) blockOf(lines *wire.Lines) (block, error) {
	var b block
	switch of := lines.GetBytesOf().(type) {
	case *wire.Lines_Data:
		b.bytes = of.Data
	case *wire.Lines_Shared:
		at, size := of.Shared.GetAt(), uint64(of.Shared.GetSize())
		if at > uint64(len(c.blocks)) || size > uint64(len(c.blocks))-at {
			return b, errors.New("a block lies outside of the memory of blocks")
		}
		b.bytes = c.blocks[at : at+size]
	}
	if len(lines.Ranges) == 0 {
		if len(b.bytes) > 0 {
			b.ranges = []span{{0, len(b.bytes)}}
		}
		return b, nil
	}
	if len(lines.Ranges)%2 != 0 {
		return b, errors.New("a range has no length")
	}
	at := 0
	for i := 0; i < len(lines.Ranges); i += 2 {
		begin := at + int(lines.Ranges[i])
		at = begin + int(lines.Ranges[i+1])
		if at > len(b.bytes) {
			return b, errors.New("a range lies outside of its block")
		}
		b.ranges = append(b.ranges, span{begin, at})
	}
	return b, nil
}

// checkInterval is after how many lines a worker looks whether it is still needed.
const checkInterval = 1024

// lineError says at which line of a block something failed.
type lineError struct {
	at  int
	err error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// each calls take with each line in question: its place with its newline, and its bytes without.
func (b block) each(ctx context.Context, take func(place span, line []byte) error) (failure error) {
	at := 0
	defer func() {
		if value := recover(); value != nil {
			failure = &lineError{at, &Error{codePanic, fmt.Sprintf("panic: %v", value)}}
		}
	}()
	count := 0
	for _, r := range b.ranges {
		for at = r.begin; at < r.end; {
			if count++; count%checkInterval == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			end, next := r.end, r.end
			if newline := bytes.IndexByte(b.bytes[at:r.end], '\n'); newline >= 0 {
				end = at + newline
				next = end + 1
			}
			if err := take(span{at, next}, b.bytes[at:end:end]); err != nil {
				return &lineError{at, err}
			}
			at = next
		}
	}
	return nil
}

// blockProblem is a Problem with the place of the line, if there is one.
func blockProblem(err error) *wire.Problem {
	problem := problemOf(err)
	var at *lineError
	if errors.As(err, &at) {
		offset := uint64(at.at)
		problem.Offset = &offset
	}
	return problem
}
