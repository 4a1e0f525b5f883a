// A plugin by go-plugin 1.0.1, of 2019: go.mod replaces the version that the SDK asks for. It makes its socket where temporary
// files are, prints six fields, and has no call that gives its output.
package main

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/plughost/plughost/plugins-go/plughost"
)

func main() {
	var options struct{ Text string }
	plughost.Serve(plughost.Plugin{
		Manifest: `{"id": "org.example.old", "name": "old", "version": "1.0.0"}`,
		Init:     func(config []byte) error { return json.Unmarshal(config, &options) },
		Scan: func(_ context.Context, lines []byte, keep func(int)) error {
			text := []byte(options.Text)
			for at := 0; ; {
				i := bytes.Index(lines[at:], text)
				if i < 0 {
					return nil
				}
				keep(at + i)
				at += i + 1
			}
		},
	})
}
