import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { plughost } from '../../helpers/own-process.js';

const scratch = makeScratch();

/** How a host ends while its plugin runs. */
const ENDS = {
  'is killed': 'process.kill(process.pid, "SIGKILL")',
  'ends by itself': 'process.exit(0)',
  'is interrupted': 'process.kill(process.pid, "SIGINT")',
  'ends the thread that started it': 'thread.terminate()',
};

test.each(Object.entries(ENDS))('nothing of a plugin is left when its host %s', async (name, end) => {
  const folder = join(scratch, name.replaceAll(' ', '-'));
  mkdirSync(folder);
  const program = join(folder, 'program');
  // It ignores what it can, and starts a process in a session of its own that does so too.
  writeFileSync(program, '#!/bin/sh\ntrap "" TERM HUP INT\nsetsid sleep 1000 &\necho ready\nsleep 1000\n', {
    mode: 0o755,
  });
  const start = `import { launchGoPlugin } from ${JSON.stringify(plughost)};
    import { parentPort } from 'node:worker_threads';
    launchGoPlugin({ program: ${JSON.stringify(program)}, cookie: { key: 'C', value: 'v' }, versions: [1],
      descriptors: [3], onLog: () => parentPort.postMessage('ready') }).catch(() => {});`;
  // The thread ends with its process, unless the process goes on and ends the thread.
  const host = `import { Worker } from 'node:worker_threads';
    const thread = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(start)})));
    thread.on('message', () => { process.stdout.write('ready'); ${end}; setTimeout(() => {}, 100_000); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', host], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  // The pipe ends when every process that has inherited it is gone: the host, the plugin, and what that started.
  const inherited = (child.stdio as unknown as [null, null, null, Readable])[3];
  inherited.resume();
  const gone = once(inherited, 'close');
  if (name.startsWith('ends the thread')) {
    // This host goes on, and holds the pipe too.
    await once(child.stdout as Readable, 'data');
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual(['program']), { timeout: 30_000 });
    child.kill();
  }
  await gone;
  await vi.waitFor(() => expect(readdirSync(folder)).toEqual(['program']), { timeout: 30_000 });
});
