// Package plughost makes a Go program a plugin of plughost. The program describes itself by a Plugin and hands it to
// Serve; everything that goes over the wire is done here.
package plughost

import (
	"context"
	"errors"
	"io"
)

// Plugin is what a program offers. A function that is nil is not offered. Functions that work on lines borrow them: a
// line is valid until the function returns. With Lanes above 1 they are called by several goroutines at once.
type Plugin struct {
	// Manifest is JSON: at least "id", "name" and "version". See docs/contract.md.
	Manifest string
	// Init takes the options, as JSON that fits the manifest's schema.
	Init func(config []byte) error
	// Run prints what `plughost load` shows.
	Run func(ctx context.Context, out io.Writer) error

	// Filter says whether a line, given without its newline, is kept.
	Filter func(line []byte) (bool, error)
	// Scan is a faster Filter for programs that search. It gets whole lines, and calls keep with a place in each line
	// that is kept, ascending.
	Scan func(ctx context.Context, lines []byte, keep func(at int)) error
	// Literals are texts, one of which is in every line that the filter keeps. The host searches for them, and asks only
	// about lines that have one. It is called after Init.
	Literals func() [][]byte

	// Transform says what becomes of a line, given without its newline.
	Transform func(line []byte) (Change, error)

	// Export writes lines in another format.
	Export *Exporter

	// Lanes is how many streams of lines the program works on at once; 0 means 1.
	Lanes int
	// Ordered says that lines must come in the order of the input. Otherwise the answer for a line depends on that line
	// alone.
	Ordered bool
}

// Exporter writes kept lines in another format. It gets all lines of a run in order. Begin and End may be nil.
type Exporter struct {
	Begin func(out io.Writer) error
	// Line writes a line, given without its newline.
	Line func(out io.Writer, line []byte) error
	End  func(out io.Writer) error
}

// Change is what becomes of a line. Its zero value keeps the line as it is.
type Change struct {
	kind uint64
	text []byte
}

const (
	unchanged = 0
	dropped   = 1
	replaced  = 2
)

// Drop removes the line.
func Drop() Change { return Change{kind: dropped} }

// Replace puts a text in the place of the line. The text may have several lines; a newline at its end is added.
func Replace(text []byte) Change { return Change{kind: replaced, text: text} }

// Error is an error with a status of the contract, such as ConfigError. Any other error is an internal one.
type Error struct {
	Code    int32
	Message string
}

func (e *Error) Error() string { return e.Message }

// The statuses of native/include/plughost/base.h that a program may give.
const (
	codeConfig    = -2
	codeCancelled = -6
	codeAbi       = -7
	codePanic     = -8
	codeInternal  = -9
)

// ConfigError says that the options cannot be used.
func ConfigError(message string) error { return &Error{codeConfig, message} }

func codeOf(err error) int32 {
	var own *Error
	switch {
	case errors.As(err, &own):
		return own.Code
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return codeCancelled
	default:
		return codeInternal
	}
}
