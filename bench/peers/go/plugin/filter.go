// The plugin of the host in Go: lines in which a literal or a pattern is found; or as many bytes as there are lines.
package main

import (
	"bytes"
	"regexp"
)

// NewFilter gives a function that appends the kept lines of a block to out.
func NewFilter(mode, pattern string) func(block, out []byte) []byte {
	switch mode {
	case "count":
		return func(block, out []byte) []byte { return make([]byte, bytes.Count(block, []byte{'\n'})) }
	case "literal":
		literal := []byte(pattern)
		return func(block, out []byte) []byte {
			for at := 0; at < len(block); {
				hit := bytes.Index(block[at:], literal)
				if hit < 0 {
					break
				}
				hit += at
				begin := bytes.LastIndexByte(block[:hit], '\n') + 1
				end := bytes.IndexByte(block[hit:], '\n')
				if end < 0 {
					return append(append(out, block[begin:]...), '\n')
				}
				at = hit + end + 1
				out = append(out, block[begin:at]...)
			}
			return out
		}
	}
	expression := regexp.MustCompile(pattern)
	return func(block, out []byte) []byte {
		for len(block) > 0 {
			end := bytes.IndexByte(block, '\n')
			if end < 0 {
				end = len(block) - 1
			}
			if expression.Match(bytes.TrimSuffix(block[:end+1], []byte{'\n'})) {
				out = append(out, block[:end+1]...)
			}
			block = block[end+1:]
		}
		return out
	}
}

func main() {}
