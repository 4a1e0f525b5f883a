package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/plughost/plughost/plugins-go/plughost"
)

var options struct{ Fault string }

// commit does what the options say at a poisoned line.
func commit(line []byte) error {
	if !bytes.Contains(line, []byte("POISON")) {
		return nil
	}
	switch options.Fault {
	case "exit":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	case "panic":
		panic("no more")
	}
	return errors.New("it says so")
}

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest:  `{"id": "org.plughost.test.fragile", "name": "fragile", "version": "1.0.0"}`,
		Init:      func(config []byte) error { return json.Unmarshal(config, &options) },
		Filter:    func(line []byte) (bool, error) { return true, commit(line) },
		Transform: func(line []byte) (plughost.Change, error) { return plughost.Change{}, commit(line) },
		Export: &plughost.Exporter{
			Line: func(out io.Writer, line []byte) error {
				if err := commit(line); err != nil {
					return err
				}
				_, err := out.Write(append(line[:len(line):len(line)], '\n'))
				return err
			},
		},
	})
}
