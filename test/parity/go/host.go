// Runs the scenarios of the parity table with Go's own plugin package. Prints a line for each: the row's number, a
// colon, and the outcome without paths. parity.test.ts creates the folder WORK.
//
//	host WORK          all scenarios
//	host WORK hang     opens a plugin whose initialiser panics, twice
//	host WORK plain    opens a library that is not a Go plugin
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"plugin"
	"sort"
	"strings"
	"sync"
	"time"

	"parity/shared"
)

var work string

func say(row int, format string, values ...any) {
	text := fmt.Sprintf(format, values...)
	fmt.Printf("%d: %s\n", row, strings.ReplaceAll(text, work, "WORK"))
}

func in(name string) string { return filepath.Join(work, name) }

func open(name string) *plugin.Plugin {
	p, err := plugin.Open(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return p
}

func lookup(p *plugin.Plugin, name string) plugin.Symbol {
	symbol, err := p.Lookup(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return symbol
}

func reason(name string) string {
	_, err := plugin.Open(name)
	if err == nil {
		return "opened"
	}
	return err.Error()
}

func copyFile(from, to string) {
	bytes, err := os.ReadFile(from)
	if err == nil {
		os.Remove(to)
		err = os.WriteFile(to, bytes, 0o755)
	}
	if err != nil {
		panic(err)
	}
}

func main() {
	work = os.Args[1]
	if len(os.Args) > 2 {
		child(os.Args[2])
		return
	}
	os.Chdir(work)
	shared.Use()

	say(1, "%s", reason("nowhere.so"))
	first := open(in("one.so"))
	os.Symlink(in("one.so"), in("link.so"))
	say(2, "./name is the same: %v, a symlink is the same: %v", open("./one.so") == first, open("link.so") == first)
	os.Rename("one.so", "one.away")
	say(3, "gone: %s", reason(in("one.so")))
	os.Rename("one.away", "one.so")
	say(3, "back: the same: %v", open(in("one.so")) == first)
	os.Rename("one.so", "one.away")
	copyFile("two.so", "one.so")
	say(4, "another file at the path gives the old: %v", open(in("one.so")) == first)
	os.Rename("one.away", "one.so")
	os.Remove("link.so")
	os.Symlink(in("two.so"), in("link.so"))
	second := open("link.so")
	say(5, "a symlink that leads elsewhere gives another: %v", second != first)
	os.Mkdir("sub", 0o755)
	os.Chdir("sub")
	say(5, "after chdir the same name: %s", reason("one.so"))
	os.Chdir(work)
	say(6, "%s", reason(in("undefined.so")))
	os.WriteFile("mended.so", []byte("not yet"), 0o644)
	failed := reason(in("mended.so")) != "opened"
	copyFile("three.so", "mended.so")
	say(7, "a text file fails: %v, mended it opens: %v", failed, reason(in("mended.so")) == "opened")
	once, again := reason(in("version.so")), reason(in("version.so"))
	say(8, "a refused version says the same again: %v", once == again)
	copyFile("two.so", "copy.so")
	text := reason(in("copy.so"))
	text = text[:strings.Index(text, "loaded")+len("loaded")]
	// Go leaves the suffix out once dlopen has succeeded.
	say(9, "a copy of what is open: %s", strings.ReplaceAll(text, ".so", ""))
	copyFile("four.so", "no-suffix")
	say(10, "a file without a suffix: %s", reason(in("no-suffix")))
	say(11, "a plain C library opens: %v", run("plain") == "opened")
	say(12, "the initialiser ran %d times after the first open, %d after another", *lookup(first, "Loaded").(*int),
		func() int { open(in("one.so")); return *lookup(first, "Loaded").(*int) }())
	var group sync.WaitGroup
	opened := make([]*plugin.Plugin, 4)
	for i := range opened {
		group.Add(1)
		go func(i int) { opened[i] = open(in("slow.so")); group.Done() }(i)
	}
	group.Wait()
	same := true
	for _, one := range opened {
		same = same && one == opened[0]
	}
	say(13, "four at once get the same: %v, the initialiser ran %d times", same, *lookup(opened[0], "Loaded").(*int))
	say(14, "after an initialiser that failed: %s", run("hang"))
	_, closes := any(first).(interface{ Close() error })
	say(15, "it can be closed: %v", closes)
	_, err := first.Lookup("puts")
	say(16, "puts of libc is found: %v", err == nil)
	say(17, "%s", strings.ReplaceAll(err.Error(), identity(err.Error()), "IDENTITY"))
	counter := lookup(first, "Counter").(*int)
	*counter = 41
	say(18, "written 41, the plugin counts on to %d, and a view shows %d", lookup(first, "Next").(func() int)(),
		*lookup(first, "Counter").(*int))
	say(19, "two lookups are equal: %v", lookup(first, "Counter") == lookup(first, "Counter"))
	say(20, "a wrong type: %s", func() (outcome string) {
		defer func() {
			if recover() != nil {
				outcome = "panic"
			}
		}()
		_ = lookup(first, "Counter").(func() int)
		return "an error"
	}())
	kinds := []string{}
	for _, name := range []string{"Value", "Factory"} {
		switch symbol := lookup(first, name).(type) {
		case func() int:
			kinds = append(kinds, fmt.Sprintf("a function that gives %d", symbol()))
		case *int:
			kinds = append(kinds, fmt.Sprintf("a value, %d", *symbol))
		}
	}
	say(21, "%s; %s", kinds[0], kinds[1])
	say(22, "built with another minor version of what both share: %s", map[bool]string{true: "refused", false: "opened"}[strings.Contains(once, "different version")])
	_, lists := any(first).(interface{ Symbols() []string })
	say(24, "symbols can be listed: %v", lists)
	say(25, "each plugin calls its own helper: %v",
		lookup(open(in("helper-a.so")), "Which").(func() int)() == 1 &&
			lookup(open(in("helper-b.so")), "Which").(func() int)() == 2)
	say(26, "a NUL in the path: %s", map[bool]string{true: "opened", false: "refused"}[reason(in("one.so\x00x")) == "opened"])
	loaded, failures := loadPlugins(in("folder"))
	say(27, "loaded %v, failed %v", loaded, failures)
	_, err = plugin.Open(in("nowhere.so"))
	wrapped := fmt.Errorf("open plugin %s: %w", in("nowhere.so"), err)
	say(28, "the first error is reachable: %v", errors.Is(wrapped, err))
}

func identity(text string) string { return text[strings.LastIndex(text, " ")+1:] }

func loadPlugins(folder string) (loaded, failures []string) {
	filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".so" {
			if _, err := plugin.Open(path); err != nil {
				failures = append(failures, filepath.Base(path))
			} else {
				loaded = append(loaded, filepath.Base(path))
			}
		}
		return nil
	})
	sort.Strings(loaded)
	return loaded, failures
}

func run(scenario string) string {
	command := exec.Command(os.Args[0], work, scenario)
	done := make(chan string, 1)
	go func() {
		output, err := command.Output()
		if err != nil && len(output) == 0 {
			output = []byte("the process died")
		}
		done <- strings.TrimSpace(string(output))
	}()
	select {
	case outcome := <-done:
		return outcome
	case <-time.After(5 * time.Second):
		command.Process.Kill()
		return "hangs"
	}
}

func child(scenario string) {
	switch scenario {
	case "hang":
		func() {
			defer func() { recover() }()
			plugin.Open(in("panics.so"))
		}()
		// A running goroutine keeps the runtime from reporting a deadlock.
		go func() { time.Sleep(time.Hour) }()
		plugin.Open(in("panics.so"))
		fmt.Println("an error at once")
	case "plain":
		if _, err := plugin.Open(in("plain.so")); err == nil {
			fmt.Println("opened")
		}
	}
}
