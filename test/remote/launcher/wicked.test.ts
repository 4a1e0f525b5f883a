import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HandshakeError, launchGoPlugin } from '../../../src/index.js';
import type { GoPluginOptions } from '../../../src/remote/launcher/options.js';
import { makeScratch } from '../../helpers/compile.js';

const scratch = makeScratch();

/** Starts a shell script as a plugin, which must fail, and returns the error and what was logged. */
async function failure(name: string, script: string, options: Partial<GoPluginOptions> = {}) {
  const program = join(scratch, name);
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  const logged: string[] = [];
  const error = await launchGoPlugin({
    program,
    cookie: { key: 'COOKIE', value: 'v' },
    versions: [2, 3],
    env: { SCRATCH: scratch },
    onLog: ({ level, message }) => logged.push(`${level}: ${message}`),
    ...options,
  }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HandshakeError);
  return { ...(error as HandshakeError), message: (error as HandshakeError).message, logged };
}

test('a program that ends at once tells its status and its last words', async () => {
  const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "word $i" >&2; done; exit 1';
  const words = Array.from({ length: 10 }, (_, i) => `word ${i + 3}`);
  expect(await failure('ends', script)).toMatchObject({
    message: `start plugin ends: it closed its standard output without a handshake, and exited with status 1; its standard error ended with: ${words.join(' | ')}`,
    printed: { first: undefined, errors: words },
  });
});

test('a program that is killed tells the signal', async () => {
  expect((await failure('killed', 'kill -SEGV $$')).message).toBe(
    'start plugin killed: it closed its standard output without a handshake, and was killed by signal 11',
  );
});

test('a program that closes its output is not waited for', async () => {
  expect((await failure('closes', 'echo hello; exec >&-; exec sleep 1000')).message).toBe(
    'start plugin closes: it closed its standard output without a handshake; it printed: hello',
  );
});

test('a program that never answers is ended', async () => {
  expect((await failure('silent', 'exec sleep 1000', { startTimeout: 200 })).message).toBe(
    'start plugin silent: it did not serve within 200 ms',
  );
});

test('five megabytes without a newline are not waited for', async () => {
  const { message } = await failure('long', 'head -c 5000000 /dev/zero | tr "\\0" x; exec sleep 1000');
  expect(message).toBe(
    `start plugin long: it printed 65536 bytes without a handshake; it printed: ${'x'.repeat(200)}…`,
  );
});

test('binary output is escaped', async () => {
  const { message } = await failure('binary', "printf '\\033[31m\\001\\377\\n'; exit 3");
  expect(message).toBe(
    'start plugin binary: it closed its standard output without a handshake, and exited with status 3; it printed: \\x1b[31m\\x01�',
  );
});

test.each([
  ['core', '2|3|unix|/s|grpc', "its handshake has version 2 of go-plugin's protocol, and only 1 is known", undefined],
  [
    'app',
    '1|1|unix|/s|grpc',
    "it speaks version 1 of the application's protocol, and the host speaks 2, 3",
    'use a build of the plugin for this host, or name its version among those that the host offers',
  ],
  [
    'netrpc',
    '1|3|unix|/s|netrpc',
    'it speaks netrpc and not grpc',
    'its author must build it for gRPC: set GRPCServer: plugin.DefaultGRPCServer in plugin.ServeConfig',
  ],
  [
    'port',
    '1|3|tcp|127.0.0.1:9|grpc',
    'it listens on 127.0.0.1:9, where every user of this machine can reach it',
    'start it with tls: true; if it does not do TLS, plainTcp: true permits the port',
  ],
  ['tls', `1|3|unix|/s|grpc|${'A'.repeat(60)}`, 'it wants TLS', 'start it with tls: true'],
])('a handshake with a wrong %s is refused, and says what it was', async (name, line, reason, hint) => {
  const { message, hint: given, logged } = await failure(name, `echo before; echo '${line}'; exec sleep 1000`);
  const shown = ['port', 'tls'].includes(name) ? 'before' : line;
  expect(message).toBe(`start plugin ${name}: ${reason}; it printed: ${shown}`);
  expect(given).toBe(hint);
  expect(logged).toEqual(['info: before']);
});

test('a program that is to do TLS and does not is refused', async () => {
  const { message } = await failure('plain', "echo '1|3|unix|/s|grpc|'; exec sleep 1000", { tls: true });
  expect(message).toContain('it did not answer with a certificate, so it does not do TLS');
});

test('a program that dies after its handshake is not waited for', async () => {
  const { message } = await failure('dies', `echo "1|3|unix|$PLUGIN_UNIX_SOCKET_DIR/s|grpc"; exit 5`);
  expect(message).toMatch(/^start plugin dies: it does not answer: 14 UNAVAILABLE: .*; it printed: 1\|3\|unix/);
});

test('what is no program is named with the reason of the system', async () => {
  expect((await failure('x', '', { program: '/nowhere/x' })).message).toBe(
    'start plugin x: /nowhere/x cannot be executed: no such file or directory',
  );
  expect((await failure('y', '', { program: scratch, label: 'y' })).message).toContain('permission denied');
});

test('a start can be cancelled', async () => {
  const controller = new AbortController();
  const program = join(scratch, 'waits');
  writeFileSync(program, '#!/bin/sh\necho "it runs"; exec sleep 1000\n', { mode: 0o755 });
  const started = launchGoPlugin({
    program,
    cookie: { key: 'COOKIE', value: 'v' },
    versions: [1],
    signal: controller.signal,
    onLog: () => controller.abort(),
  });
  await expect(started).rejects.toMatchObject({ code: 'ERR_CANCELLED', message: 'start plugin waits: cancelled' });
});

test('a hundred failed starts leave no folder, no descriptor and no process', async () => {
  const program = join(scratch, 'leaves');
  // A process of its own session, which no signal to the group of the program would reach.
  writeFileSync(program, '#!/bin/sh\nsetsid sleep 1000 &\necho "9|"; exec sleep 1000\n', { mode: 0o755 });
  const environment = { TMPDIR: scratch };
  const start = () =>
    launchGoPlugin({ program, cookie: { key: 'COOKIE', value: 'v' }, versions: [1], env: environment });
  // The first start opens what stays open.
  await expect(start()).rejects.toThrow('its handshake has 2 fields');
  const before = readdirSync('/proc/self/fd').length;
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = scratch;
  try {
    for (let round = 0; round < 25; round++) {
      for (const { status } of await Promise.allSettled([start(), start(), start(), start()])) {
        expect(status).toBe('rejected');
      }
    }
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
  }
  expect(readdirSync(scratch).filter((name) => name.startsWith('plughost-'))).toEqual([]);
  expect(readdirSync('/proc/self/fd').length).toBe(before);
  expect(processesWith('PLUGIN_UNIX_SOCKET_DIR', scratch)).toEqual([]);
});

/** Returns the processes whose environment has a variable with a value that begins so. */
function processesWith(name: string, value: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${name}=${value}`);
    } catch {
      return false;
    }
  });
}
