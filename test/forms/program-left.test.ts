import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { loadPlugin } from '../../src/index.js';
import { HOST, host, plainEnvironment, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { go, shell } from './programs.js';

/*
 * A program leaves nothing behind: no process, no folder, no descriptor, no memory. `npm run drill:programs` does it a
 * thousand times.
 */
const STARTS = Number(process.env.PLUGHOST_STARTS ?? 8);

const scratch = makeScratch();

const small = go(
  scratch,
  'small',
  `package main

import (
	"context"
	"fmt"
	"io"

	"github.com/plughost/plughost/plugins-go/plughost"
)

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest: \`{"id": "org.example.small", "name": "small", "version": "1.0.0"}\`,
		Run:      func(_ context.Context, out io.Writer) error { _, err := fmt.Fprint(out, "it ran"); return err },
		Filter:   func([]byte) (bool, error) { return true, nil },
	})
}
`,
);

/** Returns the numbers of processes with a text in a file of /proc. */
const processesWith = (text: string, file: 'environ' | 'status') =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });

/** Returns what this process has open, by kind. */
function descriptors(): string[] {
  const open = readdirSync('/proc/self/fd').map((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`).replace(/\d+/g, 'N');
    } catch {
      return '';
    }
  });
  return open.filter((target) => target !== '' && !target.startsWith('/proc/')).sort();
}

/** Returns what is open now and was not before. What a start closes late may have been open before, and no more. */
function opened(before: readonly string[]): string[] {
  const left = [...before];
  return descriptors().filter((target) => {
    const at = left.indexOf(target);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const folderNamed = (name: string): string => {
  const folder = join(scratch, name);
  mkdirSync(folder);
  return folder;
};

async function inFolder<T>(folder: string, work: () => T): Promise<T> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

describe('nothing is left', () => {
  it.skipIf(small.lacks)(
    `after ${STARTS} starts in this process${small.lacks}`,
    { timeout: 60_000 + STARTS * 2_000 },
    async () => {
      const folder = folderNamed('library');
      await inFolder(folder, async () => {
        const start = () => {
          using plugin = loadPlugin(small.source);
          expect(plugin.run()).toBe('it ran');
        };
        // The first start opens what stays open.
        start();
        await vi.waitFor(() => expect(processesWith(folder, 'environ')).toEqual([]), { timeout: 30_000 });
        const before = descriptors();
        for (let i = 0; i < STARTS; i++) start();
        await vi.waitFor(() => expect(opened(before)).toEqual([]), { timeout: 30_000 });
      });
      expect(readdirSync(folder)).toEqual([]);
      expect(processesWith(folder, 'environ')).toEqual([]);
    },
  );

  it.skipIf(small.lacks)(`after failed starts${small.lacks}`, { timeout: 60_000 + STARTS * 1_000 }, async () => {
    const folder = folderNamed('failed');
    // A process of its own session, which no signal to the group of the program would reach.
    const program = shell(scratch, 'leaves', 'setsid sleep 1000 &\necho "9|"\nexec sleep 1000');
    await inFolder(folder, async () => {
      const start = () => expect(() => loadPlugin(`grpc:${program}`)).toThrow('its handshake has 2 fields');
      start();
      await vi.waitFor(() => expect(processesWith(folder, 'environ')).toEqual([]), { timeout: 30_000 });
      const before = descriptors();
      for (let i = 0; i < STARTS / 2; i++) start();
      await vi.waitFor(() => expect(opened(before)).toEqual([]), { timeout: 30_000 });
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(processesWith(folder, 'environ')).toEqual([]);
  });

  it.skipIf(small.lacks)(`after a run with several workers${small.lacks}`, { timeout: 60_000 }, async () => {
    const folder = folderNamed('run');
    const log = join(scratch, 'log');
    writeFileSync(log, 'a line\n'.repeat(1_000_000));
    const args = ['run', log, '--filter', small.source, '--filter', small.source, '-j', '2', '-c'];
    expect(seen(await host(args, { env: { TMPDIR: folder } }))).toEqual({ status: 0, stdout: '1000000\n', stderr: '' });
    expect(readdirSync(folder)).toEqual([]);
    expect(processesWith(folder, 'environ')).toEqual([]);
  });

  it.skipIf(small.lacks).each(['SIGKILL', 'SIGTERM'] as const)(
    `when the host ends by %s${small.lacks}`,
    { timeout: 60_000 },
    async (signal) => {
      const folder = folderNamed(signal);
      const child = spawn(HOST, ['run', '-', '--filter', small.source], {
        env: { ...plainEnvironment(), TMPDIR: folder },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.write('a line\n');
      // The input goes on, so the run waits.
      await vi.waitFor(() => expect(readdirSync(folder).length).toBeGreaterThanOrEqual(2), { timeout: 30_000 });
      const started = descendantsOf(child.pid as number);
      expect(started.length).toBeGreaterThanOrEqual(6);
      child.kill(signal);
      await once(child, 'close');
      await vi.waitFor(
        () => {
          expect(readdirSync(folder)).toEqual([]);
          expect(started.filter(isRunning)).toEqual([]);
        },
        { timeout: 30_000 },
      );
    },
  );
});

function descendantsOf(pid: number): string[] {
  const children = processesWith(`\nPPid:\t${pid}\n`, 'status');
  return [...children, ...children.flatMap((child) => descendantsOf(Number(child)))];
}

function isRunning(pid: string): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
