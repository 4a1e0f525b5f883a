import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, builtIn, HOST, plainEnvironment, seen } from '../command.js';
import { fileOf, freshFolder, hostRun, keep, SAMPLE, scratch } from '../host-run.js';

describe('host run -o', () => {
  it('leaves nothing but the file', async () => {
    const folder = freshFolder();
    expect(await hostRun([SAMPLE, '-o', join(folder, 'out')])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readFileSync(join(folder, 'out')).equals(readFileSync(SAMPLE))).toBe(true);
  });

  it('makes an empty file when no line is kept', async () => {
    const output = join(freshFolder(), 'out');
    expect((await hostRun([SAMPLE, ...keep('no such text'), '-o', output])).status).toBe(1);
    expect(readFileSync(output, 'utf8')).toBe('');
  });

  it('keeps the mode of a file that it replaces, and a link a link', async () => {
    const folder = freshFolder();
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(file, 'old');
    chmodSync(file, 0o604);
    symlinkSync('file', link);
    expect((await hostRun([fileOf('new\n'), '-o', link])).status).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new\n');
    expect(statSync(file).mode & 0o777).toBe(0o604);
    const dangling = join(folder, 'dangling');
    symlinkSync('made', dangling);
    expect((await hostRun([fileOf('new\n'), '-o', dangling])).status).toBe(0);
    expect(lstatSync(dangling).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toEqual(['dangling', 'file', 'link', 'made']);
  });

  it('leaves the old file as it was when the run fails', async () => {
    const folder = freshFolder();
    const output = join(folder, 'out');
    writeFileSync(output, 'old');
    expect((await hostRun([SAMPLE, '--max-line', '10', '-o', output])).status).toBe(2);
    expect(readFileSync(output, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('adds to the file with --append', async () => {
    const output = join(freshFolder(), 'out');
    writeFileSync(output, 'old\n');
    expect((await hostRun([fileOf('new\n'), '-o', output, '--append'])).status).toBe(0);
    expect(readFileSync(output, 'utf8')).toBe('old\nnew\n');
  });

  it.each([['-o'], ['--append', '-o']])('refuses a file that is read (%s)', async (...flags) => {
    const folder = freshFolder();
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(file, 'precious\n');
    symlinkSync(file, link);
    const refusal = {
      status: 2,
      stdout: '',
      stderr: `host: write ${link}: it is also an input\n      write to another file\n`,
    };
    expect(await hostRun([file, ...flags, link])).toEqual(refusal);
    const redirected = await bash('"$HOST" run "$@" < "$FILE"'.replace('"$@"', [...flags, link].join(' ')), {
      env: { FILE: file },
    });
    expect(seen(redirected)).toEqual(refusal);
    expect(readFileSync(file, 'utf8')).toBe('precious\n');
    expect(readdirSync(folder)).toEqual(['file', 'link']);
  });

  it.each(['>> "$FILE"', '< "$FILE" >> "$FILE"'])('refuses standard output that is read (%s)', async (redirection) => {
    const file = fileOf('precious\n');
    const script = `"$HOST" run --long-lines split ${redirection.startsWith('<') ? '' : '"$FILE"'} ${redirection}`;
    expect(seen(await bash(script, { env: { FILE: file } }))).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: write standard output: it is also an input\n      write to another file\n',
    });
    expect(readFileSync(file, 'utf8')).toBe('precious\n');
  });

  it.each(['-o out', '--append -o out', '>> out'])(
    'does not read what it writes among other files (%s)',
    async (where) => {
      const folder = freshFolder();
      // Large enough for several blocks, so that the run could read its own output. Also under a second name.
      const text = 'a line of text\n'.repeat(100_000);
      for (const name of ['!first', 'first']) writeFileSync(join(folder, name), text);
      for (const inputs of ['.', "'*'"]) {
        writeFileSync(join(folder, 'out'), 'old\n');
        const outcome = await bash(`"$HOST" run ${inputs} --block-size 64K ${where}`, { cwd: folder });
        expect(seen(outcome)).toEqual({ status: 0, stdout: '', stderr: '' });
        const old = where === '-o out' ? '' : 'old\n';
        expect(readFileSync(join(folder, 'out'), 'utf8') === old + text + text).toBe(true);
      }
    },
  );

  it.each([
    ['', '""'],
    ['new/', 'new/'],
  ])('refuses %j, which is no name of a file, before the run', async (name, shown) => {
    const folder = freshFolder();
    expect(await hostRun([SAMPLE, '-o', name], { cwd: folder })).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: write ${shown}: it is not the name of a file\n`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says why a file cannot be made', async () => {
    const output = join(scratch, 'no/such/folder/out');
    const { status, stderr } = await hostRun([SAMPLE, '-o', output]);
    expect(status).toBe(2);
    expect(stderr).toBe(`host: write ${output}: no such file or directory\n`);
  });

  it('says why a file cannot take its name, and leaves no file', async () => {
    const folder = freshFolder();
    const output = join(folder, 'out');
    const fifo = join(folder, 'fifo');
    // While the run waits for its input, a folder replaces the file.
    const outcome = await bash(
      'mkfifo "$FIFO"; "$HOST" run "$FIFO" -o "$OUT" & exec 3> "$FIFO"; mkdir -p "$OUT/x"; echo a >&3; exec 3>&-; wait $!',
      { env: { FIFO: fifo, OUT: output } },
    );
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(
      /^host: write .*\/out: (illegal operation on a directory|directory not empty|file already exists)/,
    );
    expect(readdirSync(folder)).toEqual(['fifo', 'out']);
  });
});

describe('host run and its standard output', () => {
  it('ends quietly with 0 when the reader has seen enough', async () => {
    const outcome = await bash(
      `"$HOST" run ${`${SAMPLE} `.repeat(20)} | head -n 1 > /dev/null; exit "\${PIPESTATUS[0]}"`,
    );
    expect(seen(outcome)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  const full = [
    ['lines', `"$HOST" run "${SAMPLE}" > /dev/full`, 'standard output'],
    ['a single byte', 'echo | "$HOST" run > /dev/full', 'standard output'],
    ['a named device', `"$HOST" run "${SAMPLE}" -o /dev/full`, '/dev/full'],
    ['rows', `"$HOST" run "${SAMPLE}" --export jsonl > /dev/full`, 'standard output'],
    ['a number', `"$HOST" run "${SAMPLE}" -c > /dev/full`, 'standard output'],
    ['a number and a named device', `"$HOST" run "${SAMPLE}" -c -o /dev/full`, '/dev/full'],
    ['the help', '"$HOST" run --help > /dev/full', 'standard output'],
    ['the version', '"$HOST" --version > /dev/full', 'standard output'],
    ['another command', `"$HOST" load "${builtIn('greet')}" > /dev/full`, 'standard output'],
  ];
  it.runIf(existsSync('/dev/full')).each(full)('says that the disk is full for %s', async (_, script, name) => {
    expect(seen(await bash(script as string))).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: write ${name}: no space left on device\n      make room, or write elsewhere\n`,
    });
  });

  it('writes whole lines as they come, so that a slow source is answered at once', async () => {
    const child = spawn(HOST, ['run', ...keep('a')], { env: plainEnvironment() });
    child.stdin.write('a1\nb\n');
    const [first] = await once(child.stdout, 'data');
    expect(String(first)).toBe('a1\n');
    child.stdin.end('a2');
    const [second] = await once(child.stdout, 'data');
    expect(String(second)).toBe('a2\n');
    const [status] = await once(child, 'close');
    expect(status).toBe(0);
  });
});

describe('host run, interrupted', () => {
  /** Starts a run that has answered one line and waits for more. */
  async function waiting(...args: string[]) {
    const child = spawn(HOST, ['run', ...args], { env: plainEnvironment() });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const closed = once(child, 'close').then(([status, signal]) => ({ status, signal, stderr }));
    return { child, closed };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s says how far it came and ends with %i', async (signal, status) => {
    const { child, closed } = await waiting();
    child.stdin.write('one\ntwo\n');
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await closed).toEqual({ status, signal: null, stderr: 'host: interrupted: 2 lines kept, 8 B read\n' });
  });

  it('leaves no file', async () => {
    const folder = freshFolder();
    const { child, closed } = await waiting('-o', join(folder, 'out'), '--progress', 'always');
    child.stdin.write('one\n');
    // The first progress line shows that the run has started.
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    expect((await closed).status).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});
