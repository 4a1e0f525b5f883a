import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../helpers/compile.js';
import { host, seen } from './command.js';

const folder = makeScratch();
const run = async (...args: string[]) => seen(await host(['run', ...args]));

describe('a directory as an input of host run', () => {
  const logs = join(folder, 'logs');
  mkdirSync(join(logs, 'b', 'deep'), { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
  writeFileSync(join(folder, 'elsewhere/linked'), 'linked\n');
  for (const name of ['c.log', 'a.log', 'b/2', 'b/10', 'b/deep/x', '.hidden'])
    writeFileSync(join(logs, name), `${name}\n`);
  symlinkSync(logs, join(logs, 'b/loop'));
  symlinkSync(join(folder, 'elsewhere/linked'), join(logs, 'link'));
  symlinkSync(join(folder, 'nowhere'), join(logs, 'dangling'));
  symlinkSync('self', join(logs, 'self'));
  execFileSync('mkfifo', [join(logs, 'fifo')]);

  it('is all files below it, in the order of their names, without what is no file', async () => {
    expect(await run(logs)).toEqual({
      status: 0,
      stdout: '.hidden\na.log\nb/10\nb/2\nb/deep/x\nc.log\nlinked\n',
      stderr: '',
    });
  });

  it('stands among files, with a slash at its end or without', async () => {
    const file = join(logs, 'c.log');
    const { stdout } = await run(
      '-H',
      file,
      `${join(logs, 'b')}/`,
      file,
      '--filter',
      'contains',
      '-p',
      'text=x',
      '-m',
      '1',
    );
    expect(stdout).toBe(`${join(logs, 'b')}/deep/x:b/deep/x\n`);
  });

  it('of many small files gives each of their lines once, in order', { timeout: 60_000 }, async () => {
    const many = join(folder, 'many');
    mkdirSync(many);
    const names = Array.from({ length: 3000 }, (_, i) => String(i).padStart(5, '0'));
    for (const name of names) writeFileSync(join(many, name), `${name}\n`);
    const { status, stdout } = await run(many, '-j', '2');
    expect([status, stdout === `${names.join('\n')}\n`]).toEqual([0, true]);
  });
});

describe('a glob as an input of host run', () => {
  const logs = join(folder, 'globbed');
  mkdirSync(join(logs, 'deep'), { recursive: true });
  for (const name of ['b.log', 'a.log', 'deep/c.log', 'deep/d.txt', 'odd[1].log']) {
    writeFileSync(join(logs, name), `${name}\n`);
  }

  it('is the files that it matches, in the order of their names', async () => {
    expect(await run(join(logs, '*.log'))).toEqual({ status: 0, stdout: 'a.log\nb.log\nodd[1].log\n', stderr: '' });
    expect((await run(join(logs, '**/*.{log,txt}'))).stdout).toBe('a.log\nb.log\ndeep/c.log\ndeep/d.txt\nodd[1].log\n');
  });

  it('is a name where there is such a file', async () => {
    expect((await run(join(logs, 'odd[1].log'))).stdout).toBe('odd[1].log\n');
  });

  it('that matches nothing is told, and the others are read', async () => {
    const glob = join(logs, '*.none');
    expect(await run(glob, join(logs, 'a.log'))).toEqual({
      status: 2,
      stdout: 'a.log\n',
      stderr: `host: find ${glob}: there is no such file, and none matches\n`,
    });
  });
});
