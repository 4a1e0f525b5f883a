import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { go, shell } from './programs.js';

const scratch = makeScratch();

const wicked = go(scratch, 'wicked', readFileSync(join(import.meta.dirname, '../remote/peers/wicked/main.go'), 'utf8'));

const log = join(scratch, 'log');
writeFileSync(log, 'one\ntwo\na lie\nfour\n');

const run = async (...args: string[]) => seen(await host(['run', log, '-j', '1', ...args]));

const LEFT_OUT = `${log}, line 3, byte 8: the line is left out`;

describe('an answer that no program may give costs the line that it is about', () => {
  const NOT_WHOLE = 'its answer has a range that is not whole lines of what it was asked about';
  it.skipIf(wicked.lacks).each([
    ['another number', 'it answered what nobody asked'],
    ['an old number', 'it answered what nobody asked'],
    ['nothing', 'it ended its answers'],
    ['death', 'it closed its connection; it exited with status 3'],
    ['an empty range', NOT_WHOLE],
    ['a range without length', NOT_WHOLE],
    ['bytes outside', NOT_WHOLE],
    ['a part of a line', NOT_WHOLE],
    ['an overflow', NOT_WHOLE],
  ])(`a filter's: %s${wicked.lacks}`, { timeout: 120_000 }, async (lie, reason) => {
    const { status, stdout, stderr } = await run('--filter', wicked.source, '-p', `Lie=${lie}`);
    expect([status, stdout]).toEqual([2, 'one\ntwo\nfour\n']);
    expect(stderr).toContain(`plugin wicked: scan: it broke: `);
    expect(stderr).toContain(reason);
    expect(stderr).toContain(LEFT_OUT);
  });

  const OTHER = 'its answer is not about the lines that it was asked about';
  it.skipIf(wicked.lacks).each([
    ['a hole', OTHER],
    ['text that is not whole lines', OTHER],
    ['a kind that there is not', OTHER],
    [
      '100 MB',
      'OutOfRange: Error, decoded message length too large: found 104857610 bytes, the limit is: 67108864 bytes',
    ],
  ])(`a transform's: %s${wicked.lacks}`, { timeout: 60_000 }, async (lie, reason) => {
    const { status, stdout, stderr } = await run('--transform', wicked.source, '-p', `Lie=${lie}`);
    expect([status, stdout]).toEqual([2, 'one\ntwo\nfour\n']);
    expect(stderr).toContain(`plugin wicked: transform_batch: it broke: ${reason}: ${LEFT_OUT}`);
  });

  it.skipIf(wicked.lacks)(`more than the host takes ends the run${wicked.lacks}`, { timeout: 60_000 }, async () => {
    const { status, stderr } = await run('--transform', wicked.source, '-p', 'Lie=too much');
    expect(status).toBe(2);
    expect(stderr).toContain('there is no room for its output');
  });
});

describe('a program that does nothing more', () => {
  it.skipIf(wicked.lacks)(`costs the line at which it sleeps${wicked.lacks}`, { timeout: 60_000 }, async () => {
    const { status, stdout, stderr } = await run('--filter', wicked.source, '-p', 'Lie=sleep', '--call-timeout', '1');
    expect([status, stdout]).toEqual([2, 'one\ntwo\nfour\n']);
    expect(stderr).toContain('it did not answer in time');
    expect(stderr).toContain(LEFT_OUT);
  });

  it.skipIf(wicked.lacks)(
    `is started anew when it was stopped from outside${wicked.lacks}`,
    { timeout: 60_000 },
    async () => {
      // Stops itself, but only the first program of the run that is asked about lines.
      const first = join(scratch, 'first');
      writeFileSync(first, '');
      const { status, stdout, stderr } = await run(
        '--filter',
        wicked.source,
        '-p',
        `Lie=a stop while there is ${first}`,
        '--call-timeout',
        '2',
      );
      expect([status, stdout]).toEqual([0, 'one\ntwo\na lie\nfour\n']);
      expect(stderr).toContain('asked again it went well, and nothing is missing');
    },
  );
});

describe('a program that cannot be talked to is refused', () => {
  it.skipIf(wicked.lacks).each([
    ['netrpc', 'it speaks netrpc and not grpc: its author must set GRPCServer: plugin.DefaultGRPCServer'],
    ['version', "it speaks version 7 of plughost's protocol, and the host speaks 1; its first line: 1|7|unix|/"],
    ['tls', 'it closed its connection; if it listens with TLS, its author must leave that out'],
    ['unwell', 'its health check says that it does not serve (status 2)'],
    ['silent', 'its health check: it did not answer within 10 s'],
  ])(`because of its %s${wicked.lacks}`, { timeout: 60_000 }, async (word, reason) => {
    const { status, stdout, stderr } = await run('--filter', `${wicked.source} ${word}`);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('start plugin wicked: ');
    expect(stderr).toContain(reason);
  });

  it.skipIf(wicked.lacks).each([
    [
      'five megabytes without a newline',
      'head -c 5000000 /dev/zero | tr "\\0" x',
      `it printed 64 KiB and no handshake; its first line: ${'x'.repeat(200)}`,
    ],
    [
      'five megabytes of lines',
      'yes "no handshake" | head -c 5000000',
      'it printed 64 KiB and no handshake; its first line: no handshake',
    ],
    ['the handshake of another core', 'echo "2|1|unix|/s|grpc"', "its handshake has version 2 of go-plugin's protocol"],
    [
      'a certificate',
      `echo "1|1|unix|/s|grpc|${'A'.repeat(300)}"`,
      'it wants TLS, which a socket in a folder of one user does not need: its author must leave that out',
    ],
    ['a port', 'echo "1|1|tcp|127.0.0.1:9|grpc"', 'it does not listen on a unix socket'],
    [
      'a handshake, and is dead then',
      // How it ends depends on the moment: the host ends it too, when it finds no socket.
      'echo why >&2; echo "1|1|unix|$PLUGIN_UNIX_SOCKET_DIR/s|grpc"; exit 5',
      '; its last words: why',
    ],
  ])(`when it prints %s${wicked.lacks}`, { timeout: 60_000 }, async (_, script, reason) => {
    const { status, stderr } = await run('--filter', `grpc:${shell(scratch, 'prints', `${script}\nexec sleep 100`)}`);
    expect(status).toBe(2);
    expect(stderr).toContain(`start plugin prints: `);
    expect(stderr).toContain(reason);
  });
});

describe('what a program prints', () => {
  it.skipIf(wicked.lacks)(
    `before its handshake may be any bytes, and is logged${wicked.lacks}`,
    { timeout: 60_000 },
    async () => {
      const path = wicked.source.slice('grpc:'.length);
      const wrapper = shell(scratch, 'binary', `printf '\\033[31m\\001\\377\\nsecond\\n'; exec '${path}'`);
      const { status, stdout, stderr } = await run('--filter', `grpc:${wrapper}`);
      expect([status, stdout]).toEqual([0, 'one\ntwo\na lie\nfour\n']);
      expect(stderr).toContain('host: wicked: info: \\x1b[31m\\x01\ufffd\nhost: wicked: info: second\n');
    },
  );

  const chatty = go(
    scratch,
    'chatty',
    `package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/plughost/plughost/plugins-go/plughost"
)

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest: \`{"id": "org.example.chatty", "name": "chatty", "version": "1.0.0"}\`,
		Filter: func(line []byte) (bool, error) {
			fmt.Println("out", string(line))
			fmt.Fprintln(os.Stderr, "err", strings.Repeat("x", 2_000_000))
			return true, nil
		},
	})
}
`,
  );
  it.skipIf(chatty.lacks)(
    `later is read and logged, however much it is${chatty.lacks}`,
    { timeout: 60_000 },
    async () => {
      const { status, stdout, stderr } = await run('--filter', chatty.source);
      expect([status, stdout]).toEqual([0, 'one\ntwo\na lie\nfour\n']);
      expect(stderr).toContain('host: chatty: info: out four\n');
      expect(stderr).not.toContain('in time');
    },
  );
});
