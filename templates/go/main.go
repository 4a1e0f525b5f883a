// Command template is a plugin of plughost: it looks for a text.
package main

import (
	// kind: filter, transform
	"bytes"
	// end
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/plughost/plughost/plugins-go/plughost"
)

const manifest = `{
  "id": "org.example.template",
  "name": "template",
  "version": "0.1.0",
  "description": "Looks for a text",
  "extensions": ["plug.filter/1", "plug.transform/1", "plug.exporter/1"],
  "config": {
    "type": "object",
    "properties": {
      "text": {"type": "string", "minLength": 1, "default": "ERROR", "description": "What to look for"}
    },
    "additionalProperties": false
  }
}`

// The options, which do not change after Init.
var options struct {
	Text string `json:"text"`
}

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest: manifest,

		// Reads the options. The host has checked them against the manifest and filled in defaults.
		Init: func(config []byte) error {
			return json.Unmarshal(config, &options)
		},

		// Writes what `plughost load` shows.
		Run: func(_ context.Context, out io.Writer) error {
			_, err := fmt.Fprintf(out, "Looks for %s", options.Text)
			return err
		},

		// kind: filter
		// Returns whether a line, given without its newline, is kept.
		Filter: func(line []byte) (bool, error) {
			return bytes.Contains(line, []byte(options.Text)), nil
		},
		// end

		// kind: transform
		// Returns what becomes of a line: a Change{} keeps it as it is.
		Transform: func(line []byte) (plughost.Change, error) {
			text := []byte(options.Text)
			if !bytes.Contains(line, text) {
				return plughost.Change{}, nil
			}
			return plughost.Replace(bytes.ReplaceAll(line, text, []byte("["+options.Text+"]"))), nil
		},
		// end

		// kind: exporter
		Export: &plughost.Exporter{
			// Writes what comes before the first line.
			Begin: func(out io.Writer) error {
				_, err := fmt.Fprintf(out, "# %s\n\n", options.Text)
				return err
			},

			// Writes a line, given without its newline.
			Line: func(out io.Writer, line []byte) error {
				_, err := fmt.Fprintf(out, "- %s\n", line)
				return err
			},
		},
		// end
	})
}
