import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../../src/addon.js';
import { makeScratch } from '../../helpers/compile.js';
import { exec, HOST, host, plainEnvironment, seen } from '../command.js';

const scratch = makeScratch();
chmodSync(scratch, 0o755);
const notRoot = process.geteuid?.() === 0 ? '' : ' (skipped: only root can be somebody else)';
const noMount = spawnSync('unshare', ['-m', 'true']).status === 0 ? '' : ' (skipped: nothing can be mounted here)';
const large = join(scratch, 'large.log');
writeFileSync(large, 'a line\n'.repeat(100_000));
const noAcl = spawnSync('setfacl', ['--version']).error ? ' (skipped: setfacl, of acl, is not installed)' : '';

/** Makes a folder with an input of two lines and an output file with other lines. */
function place(): { folder: string; log: string; out: string; names: () => string[] } {
  const folder = mkdtempSync(join(scratch, 'out-'));
  chmodSync(folder, 0o755);
  const [log, out] = [join(folder, 'log'), join(folder, 'out')];
  writeFileSync(log, 'one\ntwo\n');
  writeFileSync(out, 'old\n');
  return { folder, log, out, names: () => readdirSync(folder).sort() };
}

const run = async (args: string[], around = {}) => seen(await host(['run', ...args], around));
const notWritten = (out: string) =>
  `host: ${out}: not written, because the run failed; --keep-partial writes what there is\n`;

/** Runs that fail: a name, the arguments, and the lines that were kept before the failure. */
const FAILURES: [name: string, args: (folder: string) => string[], partial: string][] = [
  ['no input can be read', (folder) => [join(folder, 'missing')], ''],
  ['one of the inputs cannot be read', (folder) => [join(folder, 'log'), join(folder, 'missing')], 'one\ntwo\n'],
  ['a folder is empty', (folder) => [join(folder, 'log'), join(folder, 'empty')], 'one\ntwo\n'],
  ['an input breaks off', (folder) => [join(folder, 'torn.gz')], 'one\ntwo\n'],
  ['a line is too long', (folder) => [join(folder, 'log'), join(folder, 'long'), '--max-line', '5'], 'one\ntwo\n'],
  [
    'a plugin fails',
    (folder) => [
      join(folder, 'poison'),
      '--filter',
      join(buildFolder, 'test/libmisbehaving.so'),
      '-p',
      'fault=answer-7',
      '--shape',
      'line',
    ],
    '',
  ],
];

describe.each(FAILURES)('host run -o when %s', (_, args, partial) => {
  const prepared = () => {
    const at = place();
    mkdirSync(join(at.folder, 'empty'));
    writeFileSync(join(at.folder, 'long'), 'a long line\n');
    writeFileSync(join(at.folder, 'poison'), 'POISON\n');
    const torn = gzipSync('one\ntwo\n');
    writeFileSync(join(at.folder, 'torn.gz'), torn.subarray(0, torn.length - 4));
    return at;
  };

  it('leaves the old file, or none, and says so', async () => {
    const { folder, out, names } = prepared();
    const before = names();
    const { ino } = statSync(out);
    const outcome = await run([...args(folder), '-o', out]);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toContain(notWritten(out));
    expect([readFileSync(out, 'utf8'), statSync(out).ino, names()]).toEqual(['old\n', ino, before]);
    rmSync(out);
    expect((await run([...args(folder), '-o', out])).status).toBe(2);
    expect(names()).toEqual(before.filter((name) => name !== 'out'));
  });

  it('writes what there is with --keep-partial', async () => {
    const { folder, out, names } = prepared();
    const before = names();
    const outcome = await run([...args(folder), '-o', out, '--keep-partial']);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).not.toContain('not written');
    expect([readFileSync(out, 'utf8'), names()]).toEqual([partial, before]);
  });
});

describe('host run -o when the time is over', () => {
  const late = async (...flags: string[]) => {
    const { out } = place();
    const child = spawn(HOST, ['run', '-o', out, '--timeout', '0.5', ...flags], { env: plainEnvironment() });
    child.stdin.write('one\ntwo\n');
    const [status] = await once(child, 'close');
    return [status, readFileSync(out, 'utf8')];
  };

  it('leaves the old file, unless it is to keep what there is', async () => {
    expect(await late()).toEqual([2, 'old\n']);
    expect(await late('--keep-partial')).toEqual([2, 'one\ntwo\n']);
  });
});

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)('%s', (signal) => {
  const interrupted = async (env: NodeJS.ProcessEnv, ...flags: string[]) => {
    const at = place();
    const child = spawn(HOST, ['run', '-o', at.out, '--progress', 'always', ...flags], {
      env: { ...plainEnvironment(), ...env },
    });
    child.stdin.write('one\n');
    const closed = once(child, 'close');
    // The first progress line shows that the run has started.
    await once(child.stderr, 'data');
    child.kill(signal);
    await closed;
    return at;
  };

  it('leaves the old file and nothing else', async () => {
    const { out, names } = await interrupted({});
    expect([readFileSync(out, 'utf8'), names()]).toEqual(['old\n', ['log', 'out']]);
  });

  it('leaves nothing that disturbs a further run, where files cannot be without a name', async () => {
    const hook = join(scratch, 'named.cjs');
    writeFileSync(
      hook,
      `const fs = require('node:fs'); const real = fs.openSync;
      fs.openSync = (path, flags, ...rest) => {
        if ((flags & 0o20000000) !== 0 && typeof flags === 'number') throw Object.assign(new Error('no'), { code: 'EOPNOTSUPP' });
        return real(path, flags, ...rest);
      };`,
    );
    const { out, names, log } = await interrupted({ NODE_OPTIONS: `--require ${hook}` });
    expect(readFileSync(out, 'utf8')).toBe('old\n');
    const left = names().filter((name) => name.endsWith('.part'));
    expect(left).toHaveLength(signal === 'SIGKILL' ? 1 : 0);
    expect((await run([log, '-o', out], { env: { NODE_OPTIONS: `--require ${hook}` } })).status).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe('one\ntwo\n');
    expect(names().filter((name) => name.endsWith('.part'))).toEqual(left);
  });
});

describe('a file that host run -o replaces', () => {
  it('keeps its other names', async () => {
    const { folder, log, out, names } = place();
    const other = join(folder, 'other');
    linkSync(out, other);
    for (const text of ['a longer text than before\n', 'x\n']) {
      writeFileSync(log, text);
      expect(await run([log, '-o', out])).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(readFileSync(other, 'utf8')).toBe(text);
    }
    expect((await run([join(folder, 'missing'), '-o', out])).status).toBe(2);
    expect(readFileSync(other, 'utf8')).toBe('x\n');
    expect([statSync(out).nlink, names()]).toEqual([2, ['log', 'other', 'out']]);
  });

  it.skipIf(notRoot)(`keeps its owner, who lets others write${notRoot}`, async () => {
    const { folder, log, out, names } = place();
    chownSync(out, 12345, 12346);
    chmodSync(out, 0o666);
    chmodSync(folder, 0o777);
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, HOST];
    for (const user of ['root', 'nobody']) {
      writeFileSync(log, `by ${user}\n`);
      const args = ['run', log, '-o', out];
      const outcome = user === 'root' ? await host(args) : await exec('setpriv', [...nobody, ...args]);
      expect(seen(outcome)).toEqual({ status: 0, stdout: '', stderr: '' });
      const { uid, gid, mode } = statSync(out);
      expect([readFileSync(out, 'utf8'), uid, gid, mode & 0o777]).toEqual([`by ${user}\n`, 12345, 12346, 0o666]);
    }
    expect(names()).toEqual(['log', 'out']);
  });

  it.skipIf(notRoot)(`may lie in a folder that takes no other file${notRoot}`, async () => {
    const { log, out, names } = place();
    chmodSync(out, 0o666);
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, HOST, 'run', log, '-o'];
    expect(seen(await exec('setpriv', [...args, out]))).toEqual({ status: 0, stdout: '', stderr: '' });
    expect([readFileSync(out, 'utf8'), names()]).toEqual(['one\ntwo\n', ['log', 'out']]);
    const refused = seen(await exec('setpriv', [...args, `${out}2`]));
    expect(refused).toEqual({ status: 2, stdout: '', stderr: `host: write ${out}2: permission denied\n` });
  });

  it.skipIf(noAcl)(`keeps its access list${noAcl}`, async () => {
    const { log, out } = place();
    spawnSync('setfacl', ['-m', 'u:12345:rw', out]);
    const before = spawnSync('getfacl', ['-p', out]).stdout.toString();
    expect((await run([log, '-o', out])).status).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe('one\ntwo\n');
    expect(spawnSync('getfacl', ['-p', out]).stdout.toString()).toBe(before);
  });

  it.skipIf(noMount)(`may be a mount point${noMount}`, async () => {
    const { folder, log, out } = place();
    const other = join(folder, 'other');
    writeFileSync(other, 'mounted');
    const script = `mount --bind ${other} ${out} && "$HOST" run ${log} -o ${out}`;
    expect(seen(await exec('unshare', ['-m', 'bash', '-c', script], { env: { HOST } }))).toMatchObject({ status: 0 });
    expect([readFileSync(other, 'utf8'), readFileSync(out, 'utf8')]).toEqual(['one\ntwo\n', 'old\n']);
  });

  it.skipIf(noMount)(`is the old one when the disk is full${noMount}`, async () => {
    const { folder } = place();
    const script = `mount -t tmpfs -o size=64k none ${folder} && cd ${folder} && echo old > out && ln out other && echo old > alone
      "$HOST" run ${large} -o alone; echo "$? $(cat alone)"
      "$HOST" run ${large} -o out; echo "$? $(cat other)"; ls -A`;
    const { stdout, stderr } = seen(await exec('unshare', ['-m', 'bash', '-c', script], { env: { HOST } }));
    expect(stdout).toBe('2 old\n2 old\nalone\nother\nout\n');
    const full = (name: string) =>
      `host: write ${name}: no space left on device\n      make room, or write elsewhere\n`;
    expect(stderr).toBe(full('alone') + full('out'));
  });

  it('is refused when it is an input by another name', async () => {
    const { folder, log } = place();
    const [hard, soft] = [join(folder, 'hard'), join(folder, 'soft')];
    linkSync(log, hard);
    symlinkSync(log, soft);
    for (const name of [hard, soft]) {
      const outcome = await run([log, '-o', name]);
      expect(outcome).toMatchObject({ status: 2, stderr: expect.stringContaining('it is also an input') });
    }
    expect(readFileSync(log, 'utf8')).toBe('one\ntwo\n');
  });
});

it('a file that grows keeps what is complete when the run fails, and is not made for nothing', async () => {
  const { folder, log, out } = place();
  expect((await run([log, join(folder, 'missing'), '-o', out, '--append'])).status).toBe(2);
  expect(readFileSync(out, 'utf8')).toBe('old\none\ntwo\n');
  const made = join(folder, 'made');
  expect((await run([join(folder, 'missing'), '-o', made, '--append'])).status).toBe(2);
  expect(existsSync(made)).toBe(false);
});
