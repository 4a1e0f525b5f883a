import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../../../src/loader/plugin/plugin-path.js';
import { compile, noCompiler, pluginSource } from '../../helpers/compile.js';
import { bash, builtIn, HOST, host, plainEnvironment, seen, without } from '../command.js';
import { ERASE, fileOf, freshFolder, hostRun, keep, noTerminal, SAMPLE, scratch } from '../host-run.js';

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

  it('come from standard input by its path too, and go to standard output by its own', async () => {
    const input = 'one\ntwo\n';
    for (const [from, to] of [
      ['/dev/stdin', '/dev/stdout'],
      ['/proc/self/fd/0', '/dev/fd/1'],
      ['/dev/fd/0', '/proc/self/fd/1'],
    ] as const) {
      const done = { status: 0, stdout: 'two\n', stderr: '' };
      expect(await hostRun([from, ...keep('two'), '-o', to], { input })).toEqual(done);
      const redirected = await bash(`"$HOST" run ${from} --filter contains -p text=two -o ${to} < "$FILE"`, {
        env: { FILE: fileOf(input) },
      });
      expect(seen(redirected)).toEqual(done);
    }
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
    const { status, stdout, stderr } = await hostRun(use('mien', '--plugin-dir', one), {
      env: { HOST_PLUGIN_PATH: two },
    });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      `host: find plugin mien: there is none in ${one}, ${two}, ${BUILT_IN}\n      did you mean mine? filters are contains, greet, mine, noop, `,
    );
  });

  it('must be able to do what is asked of them', async () => {
    const exporters = 'exporters are csv, duckdb, jsonl, noop, table';
    for (const [args, message, hint] of [
      [
        ['--filter', 'greet'],
        'greet: it is no filter',
        'it offers only name and run; try: plughost load; filters are ',
      ],
      [['--export', 'contains', '-p', 'text=x'], 'contains: it is no exporter', `it is: filter; ${exporters}\n`],
      // The options of a plugin of another kind do not matter.
      [['--export', 'contains', '-p', 'parquet=x'], 'contains: it is no exporter', `it is: filter; ${exporters}\n`],
      [['--parse', 'csv', '-p', 'separator=x'], 'csv: it is no parser', 'it is: exporter; parsers are access, '],
    ] as const) {
      const { status, stdout, stderr } = await hostRun([SAMPLE, ...args]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`host: plugin ${message}\n      ${hint}`);
    }
  });

  it('are those of the kind that is asked for, if the name is unknown', async () => {
    for (const [flag, name, hint] of [
      ['--parse', 'tsv', 'parsers are access, delimited, '],
      ['--aggregate', 'sum', 'aggregators are count, distinct, first, last, quantiles, stats; '],
      ['--export', 'markdown', 'exporters are csv, duckdb, jsonl, '],
      ['--export', 'jsonnl', 'did you mean jsonl? exporters are csv, '],
    ] as const) {
      const { status, stdout, stderr } = await hostRun([SAMPLE, flag, name]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`host: find plugin ${name}: there is none in ${BUILT_IN}\n      ${hint}`);
    }
    for (const condition of ['status=200', "path ~ '^/x'", 'has(x)', 'not a in (1, 2)']) {
      expect(await hostRun([SAMPLE, '--filter', condition])).toEqual({
        status: 2,
        stdout: '',
        stderr: `host: run: --filter ${condition}: it is a condition, and no plugin\n      write: --parse PARSER --where '${condition}'\n`,
      });
    }
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
