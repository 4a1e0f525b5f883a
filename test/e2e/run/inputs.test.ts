import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { exec, HOST, host, seen } from '../command.js';

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
      stderr: `host: read ${logs}: 3 links are not followed, such as ${logs}/b/loop: to a directory or to nothing; what is named is followed\n`,
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

  it('is printed with the path that starts as on the command line, as by grep -r', async () => {
    const shown = async (name: string) =>
      (await host(['run', name, '-H'], { cwd: join(logs, 'b/deep') })).stdout.toString();
    expect(await shown('.')).toBe('./x:b/deep/x\n');
    expect(await shown('../deep/')).toBe('../deep/x:b/deep/x\n');
    expect(await shown('../loop/b/deep')).toBe('../loop/b/deep/x:b/deep/x\n');
  });

  it('without a file in it is an error, also when there are only files that a killed run has left', async () => {
    const left = join(folder, 'left');
    mkdirSync(left);
    for (const name of ['.plughost-k3j5h2g1.part', '.out.txt.4711.part']) writeFileSync(join(left, name), 'old\n');
    const error = `host: read the directory ${left}: there is no file in it\n`;
    expect(await run(left)).toEqual({ status: 2, stdout: '', stderr: error });
    writeFileSync(join(left, '.part'), 'part\n');
    writeFileSync(join(left, 'a.part'), 'a\n');
    expect(await run(left)).toEqual({ status: 0, stdout: 'part\na\n', stderr: '' });
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

describe('a directory or glob with what may not be read', () => {
  const place = join(folder, 'closed');
  for (const name of ['open', 'shut', 'unsearched']) {
    mkdirSync(join(place, name), { recursive: true });
    writeFileSync(join(place, name, 'a.log'), `${name}\n`);
  }
  writeFileSync(join(place, 'open/secret.log'), 'secret\n');
  symlinkSync(join(place, 'open/a.log'), join(place, 'open/link.log'));
  symlinkSync(join(place, 'shut/a.log'), join(place, 'open/blind.log'));
  chmodSync(folder, 0o755);
  chmodSync(join(place, 'open/secret.log'), 0o600);
  chmodSync(join(place, 'shut'), 0o700);
  chmodSync(join(place, 'unsearched'), 0o744);

  // Root can read everything.
  const isRoot = process.getuid?.() === 0;
  const runAsOther = async (...args: string[]) => {
    const [program, ...before] = isRoot
      ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', HOST]
      : [HOST];
    const { status, stdout, stderr } = seen(await exec(program as string, [...before, 'run', ...args], { cwd: place }));
    return { status, stdout, stderr: stderr.split('\n').filter(Boolean).sort() };
  };
  const refused = (path: string) => `host: open ${path}: permission denied`;

  it.each([
    ['.', './'],
    ['*', ''],
    ['**/*.log', ''],
    ['{open,shut,unsearched}/*.log', ''],
  ])('says so, reads the others, and ends with status 2: %s', async (name, before) => {
    const files = ['open/blind.log', 'open/secret.log', 'unsearched/a.log'].map((path) => refused(before + path));
    expect(await runAsOther(name)).toEqual({
      status: 2,
      stdout: 'open\nopen\n',
      stderr: [...files, `host: read the directory ${before}shut: permission denied`].sort(),
    });
  });

  it('says so where a name is looked for in it', async () => {
    expect(await runAsOther('*/a.log')).toEqual({
      status: 2,
      stdout: 'open\n',
      stderr: [refused('shut/a.log'), refused('unsearched/a.log')].map((line) => line.replace('open ', 'find ')),
    });
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

  it('that matches nothing is reported, and the others are read', async () => {
    const glob = join(logs, '*.none');
    expect(await run(glob, join(logs, 'a.log'))).toEqual({
      status: 2,
      stdout: 'a.log\n',
      stderr: `host: find ${glob}: there is no such file, and none matches\n      as in a shell, * and ? match no dot at the beginning of a name, ** any directories; a backslash before them takes their meaning away\n`,
    });
  });

  const more = join(folder, 'more');
  mkdirSync(join(more, 'real/deep'), { recursive: true });
  mkdirSync(join(more, '.hidden'));
  for (const name of ['real/1.log', 'real/deep/2.log', '.hidden/3.log', '.4.log', 'a*b.log', '5.log'])
    writeFileSync(join(more, name), `${name}\n`);
  symlinkSync('real/1.log', join(more, 'link.log'));
  symlinkSync('real', join(more, 'folder.log'));
  symlinkSync('..', join(more, 'real/up'));
  symlinkSync('nowhere', join(more, 'gone.log'));
  symlinkSync('self.log', join(more, 'self.log'));
  execFileSync('mkfifo', [join(more, 'fifo.log')]);
  const runThere = async (...args: string[]) => seen(await host(['run', '-H', ...args], { cwd: more }));

  it('follows the links that it matches, to files and to directories, and waits for no FIFO', async () => {
    expect(await runThere('*.log')).toEqual({
      status: 0,
      stdout: [
        '5.log:5.log',
        'a*b.log:a*b.log',
        'folder.log/1.log:real/1.log',
        'folder.log/deep/2.log:real/deep/2.log',
        'link.log:real/1.log',
        '',
      ].join('\n'),
      stderr:
        'host: read *.log: 3 links are not followed, such as folder.log/up: to a directory or to nothing; what is named is followed\n',
    });
    expect((await runThere('*/1.log')).stdout).toBe('folder.log/1.log:real/1.log\nreal/1.log:real/1.log\n');
  });

  it('by ** finds each file once, and ends where links go in a circle', async () => {
    const all = ['real/1.log:real/1.log', 'real/deep/2.log:real/deep/2.log', ''].join('\n');
    for (const glob of ['real/**', 'real/**/*', 'real/**/**/*.log', '{real,real/deep}/**/*.log']) {
      expect([glob, (await runThere(glob)).stdout]).toEqual([glob, all]);
    }
  });

  it('matches hidden files by a dot alone, and none by a wildcard', async () => {
    expect((await runThere('.*.log')).stdout).toBe('.4.log:.4.log\n');
    expect((await runThere('.hid*/*')).stdout).toBe('.hidden/3.log:.hidden/3.log\n');
  });

  it('is a name where a backslash takes the meaning away, and each alternative without a wildcard is one', async () => {
    expect((await runThere('a\\*b.log')).stdout).toBe('a*b.log:a*b.log\n');
    expect(await runThere('{5,6}.log')).toEqual({
      status: 2,
      stdout: '5.log:5.log\n',
      stderr: 'host: open 6.log: no such file or directory\n',
    });
    expect((await runThere('{4..6}.l[o]g')).stdout).toBe('5.log:5.log\n');
    expect((await runThere('[[:digit:]].@(log|txt)')).stdout).toBe('5.log:5.log\n');
  });

  it('does not read the file that is written', async () => {
    const output = join(more, 'real/out.log');
    writeFileSync(output, 'old\n');
    for (const input of ['real/*.log', 'real']) {
      expect(await runThere(input, '-o', 'real/out.log')).toMatchObject({ status: 0 });
      expect(execFileSync('cat', [output]).toString()).not.toContain('out.log');
    }
    execFileSync('rm', [output]);
  });
});
