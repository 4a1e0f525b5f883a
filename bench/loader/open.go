// How long a cached plugin.Open of Go takes: nanoseconds, median of rounds.
//
//	open PLUGIN
package main

import (
	"fmt"
	"os"
	"plugin"
	"sort"
	"time"
)

func main() {
	const rounds, calls = 21, 10000
	if _, err := plugin.Open(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	times := make([]float64, rounds)
	for i := range times {
		start := time.Now()
		for n := 0; n < calls; n++ {
			plugin.Open(os.Args[1])
		}
		times[i] = float64(time.Since(start).Nanoseconds()) / calls
	}
	sort.Float64s(times)
	fmt.Println(times[rounds/2])
}
