package main

import (
	"fmt"
	"io"
	"regexp"

	"github.com/plughost/plughost/plugins-go/plughost"
)

var digits = regexp.MustCompile(`[0-9]+`)

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest: `{"id": "org.plughost.test.small", "name": "small", "version": "1.0.0"}`,
		Transform: func(line []byte) (plughost.Change, error) {
			if !digits.Match(line) {
				return plughost.Change{}, nil
			}
			return plughost.Replace(digits.ReplaceAll(line, []byte("#"))), nil
		},
		Export: &plughost.Exporter{
			Begin: func(out io.Writer) error { _, err := io.WriteString(out, "[\n"); return err },
			Line:  func(out io.Writer, line []byte) error { _, err := fmt.Fprintf(out, "> %s\n", line); return err },
			End:   func(out io.Writer) error { _, err := io.WriteString(out, "]\n"); return err },
		},
	})
}
