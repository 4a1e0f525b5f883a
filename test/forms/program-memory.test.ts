import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { go, python } from './programs.js';

const scratch = makeScratch();

// Lines of many lengths, and no newline at the end.
const TEXT = Array.from({ length: 20_000 }, (_, i) => `${i} ${'ab'.repeat(i % 97)}`).join('\n');
const log = join(scratch, 'log');
writeFileSync(log, TEXT);

/** Tries to change the memory that its lines lie in, says what it could do, and keeps every line. */
const greedy = python(
  scratch,
  'greedy',
  `import ctypes
import mmap
import os
import sys

import plughost

libc = ctypes.CDLL(None, use_errno=True)

def refused(name, call):
    try:
        call()
        print("it could " + name, file=sys.stderr)
    except (OSError, ValueError):
        pass

def punch(fd):
    # FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE
    if libc.fallocate(fd, 3, ctypes.c_long(0), ctypes.c_long(1 << 20)) != 0:
        raise OSError(ctypes.get_errno(), "fallocate")

def keep_all(data, begin, end):
    anew = os.open("/proc/self/fd/3", os.O_RDWR)
    for fd, which in ((3, "what it was given"), (anew, "what it opened anew")):
        refused("map for writing " + which, lambda: mmap.mmap(fd, 4096))
        refused("write to " + which, lambda: os.pwrite(fd, b"x" * 1000, 0))
        refused("shorten " + which, lambda: os.ftruncate(fd, 0))
        refused("make a hole in " + which, lambda: punch(fd))
    os.close(anew)
    maps = open("/proc/self/maps").read()
    print("lines lie in", "blocks" if "memfd:plughost blocks" in maps else "copies" if "memfd:plughost lines" in maps else "messages", file=sys.stderr)
    while begin < end:
        yield begin
        begin = data.find(b"\\n", begin, end) + 1 or end

plughost.serve(plughost.Plugin(manifest={"id": "org.example.greedy", "name": "greedy", "version": "1.0.0"}, scan=keep_all))
`,
);

describe('the memory that lines lie in', () => {
  it.skipIf(greedy.lacks)(
    `is that of the blocks for a first stage, and a copy for a later one; a program cannot change it${greedy.lacks}`,
    { timeout: 60_000 },
    async () => {
      const args = ['run', log, '--filter', greedy.source, '--filter', greedy.source, '-j', '1'];
      const { status, stdout, stderr } = seen(await host(args));
      expect(status).toBe(0);
      expect(stdout === `${TEXT}\n`).toBe(true);
      expect(stderr).not.toContain('it could');
      expect(new Set(stderr.match(/lines lie in \w+/g))).toEqual(
        new Set(['lines lie in blocks', 'lines lie in copies']),
      );
    },
  );
});

// It must not be asked about a line without its literal.
const sevens = go(
  scratch,
  'sevens',
  `package main

import (
	"bytes"
	"errors"

	"github.com/plughost/plughost/plugins-go/plughost"
)

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest: \`{"id": "org.example.sevens", "name": "sevens", "version": "1.0.0"}\`,
		Literals: func() [][]byte { return [][]byte{[]byte("7")} },
		Filter: func(line []byte) (bool, error) {
			if !bytes.Contains(line, []byte("7")) {
				return false, errors.New("there is no 7 in it")
			}
			return bytes.Contains(line, []byte("7 abab")), nil
		},
		Transform: func(line []byte) (plughost.Change, error) {
			switch {
			case bytes.Contains(line, []byte("9")):
				return plughost.Drop(), nil
			case bytes.HasPrefix(line, []byte("1")):
				return plughost.Replace(append([]byte("one "), line...)), nil
			}
			return plughost.Change{}, nil
		},
	})
}
`,
);

/** What `sevens` does. */
const kept = (line: string) => line.includes('7 abab');
const changed = (line: string) => (line.includes('9') ? [] : line.startsWith('1') ? [`one ${line}`] : [line]);

describe('lines here and there in a block', () => {
  const lines = TEXT.split('\n');
  const contains = ['--filter', 'contains', '-p', 'text=7 '];
  const filter = ['--filter', sevens.source];
  const transform = ['--transform', sevens.source];
  it.skipIf(sevens.lacks).each([
    ['by their literal', filter, lines.filter(kept)],
    ['with CR LF', [...filter, '--crlf'], lines.filter(kept)],
    ['after another filter', [...contains, ...filter], lines.filter((line) => line.includes('7 ')).filter(kept)],
    ['in reverse', ['-v', ...filter], lines.filter((line) => !kept(line))],
    ['changed', transform, lines.flatMap(changed)],
    [
      'changed after a filter',
      [...contains, ...transform],
      lines.filter((line) => line.includes('7 ')).flatMap(changed),
    ],
    ['changed before a filter', [...transform, ...filter], lines.flatMap(changed).filter(kept)],
    ['found by two', [...filter, ...filter, '-j', '2'], lines.filter(kept)],
    ['found by one of two', ['--any', ...contains, ...filter], lines.filter((line) => line.includes('7 '))],
  ])(`are the right ones, %s${sevens.lacks}`, { timeout: 60_000 }, async (_, args, expected) => {
    const { status, stdout, stderr } = seen(await host(['run', log, ...args]));
    expect([status, stderr]).toEqual([0, '']);
    // Both texts would be too long for a message.
    expect(stdout === expected.map((line) => `${line}\n`).join('')).toBe(true);
  });

  it.skipIf(sevens.lacks)(`are the same with carriage returns${sevens.lacks}`, { timeout: 60_000 }, async () => {
    const windows = join(scratch, 'windows');
    writeFileSync(windows, `${readFileSync(log, 'latin1').replaceAll('\n', '\r\n')}\r\n`);
    const { stdout } = seen(await host(['run', windows, ...filter, '--crlf']));
    expect(stdout).toBe(
      lines
        .filter(kept)
        .map((line) => `${line}\r\n`)
        .join(''),
    );
  });
});
