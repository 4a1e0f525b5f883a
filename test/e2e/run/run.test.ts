import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../../../src/loader/plugin/plugin-path.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../../helpers/compile.js';
import { bash, builtIn, HOST, host, plainEnvironment, ROOT, type Surroundings, seen, without } from '../command.js';

/** Takes a line of a terminal away. */
const ERASE = '\r\x1b[K';

const scratch = makeScratch();
const SAMPLE = join(ROOT, 'samples/access.log');

const hostRun = async (args: string[], around?: Surroundings) => seen(await host(['run', ...args], around));
const keep = (text: string) => ['--filter', 'contains', '-p', `text=${text}`];

/** An empty folder. */
const freshFolder = () => mkdtempSync(join(scratch, 'run-'));

/** A file with this text. */
function fileOf(text: string | Buffer): string {
  const path = join(freshFolder(), 'in.log');
  writeFileSync(path, text);
  return path;
}

/** Why tests that need a terminal cannot run; empty when they can. */
const noTerminal = spawnSync('script', ['--version']).error
  ? ' (skipped: script, of util-linux, is not installed)'
  : '';

describe('the exit status of host run', () => {
  const file = fileOf('one\ntwo\n');

  it('is 0 when a line was kept, 1 when none was, 2 after an error', async () => {
    expect(await hostRun([file, ...keep('two')])).toEqual({ status: 0, stdout: 'two\n', stderr: '' });
    expect(await hostRun([file, ...keep('three')])).toEqual({ status: 1, stdout: '', stderr: '' });
    expect((await hostRun([file, ...keep('three'), '--export', 'jsonl'])).status).toBe(1);
    expect((await hostRun([file, '--filter'])).status).toBe(2);
  });

  it('is 2 when an input has no name at all', async () => {
    expect(await hostRun(['', file, '-c'])).toEqual({
      status: 2,
      stdout: `${file}:2\n`,
      stderr: 'host: open "": no such file or directory\n',
    });
  });

  it('is 2 when an input cannot be read, and the lines of the others are there', async () => {
    const missing = join(scratch, 'missing.log');
    const empty = freshFolder();
    expect(await hostRun([file, missing, empty, file, ...keep('o')])).toEqual({
      status: 2,
      stdout: 'one\ntwo\none\ntwo\n',
      stderr: [
        `host: read the directory ${empty}: there is no file in it`,
        `host: open ${missing}: no such file or directory`,
        '',
      ].join('\n'),
    });
  });
});

describe('the lines of host run', () => {
  it('come from standard input when no file is named, or -, also between files', async () => {
    const [a, b] = [fileOf('a\n'), fileOf('b')];
    expect((await hostRun([], { input: 'x\ny' })).stdout).toBe('x\ny\n');
    expect((await hostRun([a, '-', b], { input: 'x\ny' })).stdout).toBe('a\nx\ny\nb\n');
  });

  it('go on from where a redirected file stands', async () => {
    const file = fileOf('first\nsecond\nthird\n');
    const outcome = await bash('{ IFS= read -r line; "$HOST" run; } < "$FILE"', { env: { FILE: file } });
    expect(seen(outcome)).toEqual({ status: 0, stdout: 'second\nthird\n', stderr: '' });
  });

  it('keep NUL, CR and bytes that are no UTF-8, and end the last line', async () => {
    const bytes = Buffer.from('a\0b\r\n\xff\xfd\n\n\0', 'latin1');
    const outcome = await host(['run', fileOf(bytes)]);
    expect(outcome.stdout.toString('latin1')).toBe('a\0b\r\n\xff\xfd\n\n\0\n');
  });

  it('of an empty file are none', async () => {
    expect(await hostRun([fileOf('')])).toEqual({ status: 1, stdout: '', stderr: '' });
  });

  it('stay in order on many workers', async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `line ${i}`).join('\n');
    const { stdout } = await host(['run', fileOf(text), SAMPLE, '-j', '16', '--block-size', '1K']);
    expect(stdout.equals(Buffer.concat([Buffer.from(`${text}\n`), readFileSync(SAMPLE)]))).toBe(true);
  });

  it('are those that all filters keep, each with its own options', async () => {
    const file = fileOf('ab\na\nb\nAB\n');
    expect((await hostRun([file, ...keep('a'), '-v', ...keep('b')])).stdout).toBe('a\n');
    expect((await hostRun([file, ...keep('a'), '-p', 'ignoreCase=true', ...keep('B')])).stdout).toBe('AB\n');
  });

  it('pass through an exporter', async () => {
    const { stdout } = await hostRun([fileOf('say "hi"\nbye'), '--export', 'jsonl']);
    const rows = stdout.trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row).text)).toEqual(['say "hi"', 'bye']);
  });

  it('are only counted with -c, on standard output or in the file that is named', async () => {
    expect(await hostRun([SAMPLE, '-c'])).toEqual({ status: 0, stdout: '2000\n', stderr: '' });
    expect(await hostRun([SAMPLE, '-c', ...keep('no such text')])).toEqual({ status: 1, stdout: '0\n', stderr: '' });
    const output = join(freshFolder(), 'count');
    expect(await hostRun([SAMPLE, '-c', '-o', output])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(output, 'utf8')).toBe('2000\n');
  });

  it('may be as long as --max-line says', async () => {
    const file = fileOf(`${'short\n'.repeat(1000)}${'x'.repeat(100_000)}\n`);
    expect((await hostRun([file, '--max-line', '100000', '-c'])).stdout).toBe('1001\n');
    const { status, stdout, stderr } = await hostRun([file, '--max-line', '64K', '--block-size', '1K']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `host: read ${file}: the line at byte 6000 is longer than 65536 bytes\n      allow longer lines with --max-line SIZE, or leave them out or cut them with --long-lines skip|split\n`,
    });
    expect(stdout).toMatch(/^(short\n)+$/);
  });
});

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
      // It is written and read in blocks, so that what is written could be met again; and beside it, under another name.
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

  it('says why a file cannot take its name, and leaves nothing behind', async () => {
    const folder = freshFolder();
    const output = join(folder, 'out');
    const fifo = join(folder, 'fifo');
    // While the run waits for its input, a folder takes the place of the file.
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
    // The first line of progress says that the run is on.
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    expect((await closed).status).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the plugins of host run', () => {
  it('are found in --plugin-dir, then in HOST_PLUGIN_PATH, then among the built-in ones', async () => {
    const [one, two] = [freshFolder(), freshFolder()];
    copyFileSync(builtIn('contains'), join(one, 'libgreet.so'));
    copyFileSync(builtIn('contains'), join(two, 'libmine.so'));
    const file = fileOf('a\nb\n');
    const use = (name: string, ...flags: string[]) => [file, ...flags, '--filter', name, '-p', 'text=b'];

    expect((await hostRun(use('greet', '--plugin-dir', two, '--plugin-dir', one))).stdout).toBe('b\n');
    expect((await hostRun(use('mine'), { env: { HOST_PLUGIN_PATH: `${one}:${two}` } })).stdout).toBe('b\n');
    expect((await hostRun(use(join(two, 'libmine.so')))).stdout).toBe('b\n');
    expect((await hostRun(use('./libmine.so'), { cwd: two })).stdout).toBe('b\n');
    expect(await hostRun(use('mien', '--plugin-dir', one), { env: { HOST_PLUGIN_PATH: two } })).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: find plugin mien: there is none in ${one}, ${two}, ${BUILT_IN}\n      did you mean mine?\n`,
    });
  });

  it('must be able to do what is asked of them', async () => {
    expect(await hostRun([SAMPLE, '--filter', 'greet'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: plugin greet: it is no filter\n      it offers only name and run; try: host load\n',
    });
    expect(await hostRun([SAMPLE, '--export', 'contains', '-p', 'text=x'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: plugin contains: it is no exporter\n      it is: filter\n',
    });
  });

  it('say what is wrong with their options', async () => {
    const { status, stderr } = await hostRun([SAMPLE, ...keep('x'), '-p', 'ignoreCase=yes']);
    expect(status).toBe(2);
    expect(stderr).toBe('host: configure contains: the option "ignoreCase": it must be true or false, and is "yes"\n');
  });

  it.skipIf(without.regex)(`say what is wrong with a pattern${without.regex}`, async () => {
    expect(await hostRun([SAMPLE, '--filter', 'regex', '-p', 'pattern=a(b'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: configure regex: pattern "a(b": unclosed group\n',
    });
  });

  it.skipIf(noCompiler)(
    `are to blame by name when they fail, behind what stands before${noCompiler ?? ''}`,
    async () => {
      const library = compile(
        freshFolder(),
        'fragile',
        pluginSource({
          head: `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
          return len > 0 && data[0] == '!' ? PLUG_ERROR_IO : 1;
        }
        static const plug_filter filter = {.size = sizeof filter, .match = match};`,
          extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;',
        }),
      );
      const file = fileOf(`${'fine\n'.repeat(1000)}!\n${'fine\n'.repeat(1000)}`);
      const { status, stdout, stderr } = await hostRun([file, '--filter', library, '--block-size', '100']);
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: 'host: plugin fragile: match: no reason given (IO)\n',
      });
      expect(stdout).toMatch(/^(fine\n)+$/);
      expect(stdout.length).toBeLessThanOrEqual(5000);
    },
  );
});

describe('what host run says', () => {
  it('about numbers, with --stats on standard error', async () => {
    const { status, stdout, stderr } = await hostRun([
      SAMPLE,
      '--stats',
      '-j',
      '1',
      ...keep('GET'),
      ...keep('"'),
      '--shape',
      'line',
      '--export',
      'csv',
    ]);
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
    const number = String.raw`[\d.]+`;
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^453\\.8 KiB in ${number} s, ${number} GB/s, 1 worker$`)),
      expect.stringMatching(new RegExp(`^1,\\d{3} lines kept, ${number} KiB written$`)),
      expect.stringMatching(
        new RegExp(
          `^  contains by line: 1,\\d{3} lines kept, 453\\.8 KiB in ${number} ms, ${number} GB/s, ${number} ns a line$`,
        ),
      ),
      expect.stringMatching(/^ {2}contains by line: 1,\d{3} lines kept, /),
      expect.stringMatching(/^ {2}csv by write: [\d.]+ KiB in /),
      '',
    ]);
  });

  it('about progress, only when asked or on a terminal', async () => {
    const child = spawn(HOST, ['run', '--progress', 'always'], { env: plainEnvironment() });
    child.stdin.write('one\ntwo\n');
    const [line] = await once(child.stderr, 'data');
    const [erase, text] = [String(line).slice(0, ERASE.length), String(line).slice(ERASE.length)];
    expect(erase).toBe(ERASE);
    expect(text).toMatch(/^8 B, [\d.]+ B\/s, 2 lines kept$/);
    child.stdin.end();
    const [rest] = await once(child.stderr, 'data');
    expect(String(rest).endsWith(ERASE)).toBe(true);
    expect((await hostRun([], { input: 'one\n' })).stderr).toBe('');
  });

  it.skipIf(noTerminal)(`about progress on a terminal, but not between lines there${noTerminal}`, async () => {
    const onTerminal = async (flags: string) => {
      const script = `script -qec '{ echo one; sleep 0.6; echo two; } | TERM=xterm "$HOST" run ${flags}' /dev/null < /dev/null`;
      return (await bash(script)).stdout.toString().replaceAll('\r\n', '\n');
    };
    expect(await onTerminal('')).toBe('one\ntwo\n');
    expect(await onTerminal('> /dev/null')).toContain(`${ERASE}4 B, `);
    expect(await onTerminal('-c')).toContain(`${ERASE}4 B, `);
  });

  it.skipIf(noTerminal)(`in colour only when asked or on a terminal${noTerminal}`, async () => {
    const missing = join(scratch, 'missing');
    const plain = `host: open ${missing}: no such file or directory\n`;
    const painted = `\x1b[31mhost:\x1b[0m open ${missing}: no such file or directory\n`;
    expect((await hostRun([missing])).stderr).toBe(plain);
    expect((await hostRun([missing, '--color', 'always'])).stderr).toBe(painted);
    const terminal = (environment: string) =>
      bash(`script -qec '${environment} "$HOST" run ${missing}' /dev/null < /dev/null`);
    const onTerminal = async (environment: string) =>
      (await terminal(environment)).stdout.toString().replaceAll('\r', '');
    expect(await onTerminal('TERM=xterm')).toBe(painted);
    expect(await onTerminal('TERM=xterm NO_COLOR=1')).toBe(plain);
    expect(await onTerminal('TERM=dumb')).toBe(plain);
  });

  it.skipIf(noTerminal)(`on a terminal, that it waits for standard input${noTerminal}`, async () => {
    const outcome = await bash(`script -qec '"$HOST" run --color never' /dev/null <<< $'\\x04'`);
    expect(outcome.stdout.toString()).toContain('host: reading standard input; end it with Ctrl-D');
  });

  it('about options that it does not know', async () => {
    expect(await hostRun(['--fliter', 'regex'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: run: there is no option --fliter\n      did you mean --filter?\n',
    });
  });
});

describe('the help', () => {
  it.each([['--help'], ['help'], ['run', '--help'], ['load', '-h'], ['help', 'run']])(
    'of host %s %s fits 80 columns and goes to standard output',
    async (...args) => {
      const { status, stdout, stderr } = await host(args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const lines = stdout.toString().split('\n');
      expect(lines[0]).toMatch(/^Usage: host/);
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it('of a run with a plugin lists the options of the plugin', async () => {
    const { stdout } = await hostRun(['--filter', 'contains', '--help']);
    expect(stdout).toContain(
      [
        'Options of contains (Keeps the lines that contain a text):',
        '  -p text=STRING          The text, as it stands; the empty one is in every line',
        '                          (required)',
        '  -p ignoreCase=BOOLEAN   ASCII letters match in either case (default false)',
      ].join('\n'),
    );
  });

  it('does not show what is for tests', async () => {
    expect((await hostRun(['--help'])).stdout).not.toMatch(/--shape|--block-size/);
  });

  it('is what an empty command line gets, on standard error and with status 2', async () => {
    const { status, stdout, stderr } = seen(await host([]));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: host COMMAND/);
  });
});

describe('host', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const flag of ['--version', '-V'])
      expect(seen(await host([flag]))).toEqual({ status: 0, stdout: `plughost ${version}\n`, stderr: '' });
  });

  it.each([
    ['runn', 'there is no command runn', 'did you mean run?'],
    ['--verison', 'there is no option --verison', 'did you mean --version?'],
    ['quux', 'there is no command quux', 'see: host --help'],
  ])('does not know %s', async (name, message, hint) => {
    expect(seen(await host([name]))).toEqual({ status: 2, stdout: '', stderr: `host: ${message}\n      ${hint}\n` });
  });

  it('works through a link, from any folder', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'deep'));
    symlinkSync(HOST, join(folder, 'deep/plughost'));
    const outcome = await bash('./plughost run -c --filter contains -p text=GET "$FILE"', {
      cwd: join(folder, 'deep'),
      env: { FILE: SAMPLE },
    });
    expect(outcome.status).toBe(0);
  });
});
