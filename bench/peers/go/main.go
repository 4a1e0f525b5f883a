// A host in Go: opens a plugin built with -buildmode=plugin and gives it blocks of whole lines, one worker or several,
// output in order. Usage: host PLUGIN MODE PATTERN WORKERS FILE, MODE count, literal or regexp.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"plugin"
	"strconv"
)

const blockSize = 1 << 20

type block struct {
	data []byte
	out  chan []byte
}

func main() {
	library, err := plugin.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	symbol, err := library.Lookup("NewFilter")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	newFilter := symbol.(func(mode, pattern string) func(block, out []byte) []byte)
	workers, _ := strconv.Atoi(os.Args[4])
	file, err := os.Open(os.Args[5])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}

	work := make(chan block, workers)
	order := make(chan chan []byte, 2*workers)
	free := make(chan []byte, 4*workers)
	for i := 0; i < workers; i++ {
		go func() {
			filter := newFilter(os.Args[2], os.Args[3])
			for b := range work {
				b.out <- filter(b.data, nil)
				select {
				case free <- b.data[:0]:
				default:
				}
			}
		}()
	}
	go func() {
		var rest []byte
		for {
			var buffer []byte
			select {
			case buffer = <-free:
			default:
				buffer = make([]byte, 0, 2*blockSize)
			}
			buffer = append(buffer, rest...)
			have := len(buffer)
			buffer = append(buffer, make([]byte, blockSize)...)[:have+blockSize]
			n, err := io.ReadFull(file, buffer[have:])
			buffer = buffer[:have+n]
			end := len(buffer)
			if err == nil {
				end = bytes.LastIndexByte(buffer, '\n') + 1
			}
			rest = append([]byte(nil), buffer[end:]...)
			out := make(chan []byte, 1)
			order <- out
			work <- block{buffer[:end], out}
			if err != nil {
				break
			}
		}
		close(order)
		close(work)
	}()

	writer := bufio.NewWriterSize(os.Stdout, 1<<20)
	count := 0
	for out := range order {
		part := <-out
		if os.Args[2] == "count" {
			count += len(part)
		} else {
			writer.Write(part)
		}
	}
	if os.Args[2] == "count" {
		fmt.Fprintln(writer, count)
	}
	writer.Flush()
}
