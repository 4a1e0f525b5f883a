// A plugin that offers everything: test/remote/client/sdk.test.ts compares it with its twin, every.py.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/plughost/plughost/plugins-go/plughost"
)

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest: `{"id": "org.example.every", "name": "every", "version": "1.0.0"}`,
		Lanes:    2,
		Ordered:  true,
		Init: func(config []byte) error {
			var options struct{ Bad bool }
			if err := json.Unmarshal(config, &options); err != nil {
				return err
			}
			if options.Bad {
				return plughost.ConfigError("it is bad")
			}
			return nil
		},
		Run: func(_ context.Context, out io.Writer) error {
			for _, text := range []string{"one ", "två"} {
				if _, err := out.Write([]byte(text)); err != nil {
					return err
				}
			}
			return nil
		},
		Filter: func(line []byte) (bool, error) {
			if string(line) == "boom" {
				panic("oh")
			}
			return bytes.Contains(line, []byte("a")), nil
		},
		Transform: func(line []byte) (plughost.Change, error) {
			switch string(line) {
			case "drop":
				return plughost.Drop(), nil
			case "two":
				return plughost.Replace([]byte("1\n2")), nil
			case "empty":
				return plughost.Replace(nil), nil
			case "boom":
				return plughost.Change{}, errors.New("oh")
			}
			return plughost.Change{}, nil
		},
		Export: &plughost.Exporter{
			Begin: func(out io.Writer) error { return write(out, "[") },
			Line:  func(out io.Writer, line []byte) error { return write(out, "<"+string(line)+">") },
			End:   func(out io.Writer) error { return write(out, "]") },
		},
	})
}

func write(out io.Writer, text string) error {
	_, err := io.WriteString(out, text)
	return err
}
