import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { HOST, host, LOGS, plainEnvironment, seen, without } from './command.js';
import { expectSame } from './run/same.js';

const folder = makeScratch();
const run = async (...args: string[]) => seen(await host(['run', ...args]));
const keep = (text: string) => ['--filter', 'contains', '-p', `text=${text}`];

const log = join(folder, 'a.log');
writeFileSync(log, 'a1\nb\na2\n\na3\nb\na4');
const other = join(folder, 'b.log');
writeFileSync(other, 'b\na5\n');

const tiny = ['--block-size', '4096'];
const workers = [
  ['-j', '1'],
  ['-j', '2'],
  ['-j', '7', ...tiny],
];

describe('host run, with labels', () => {
  it.each<[string[], string]>([
    [['-n'], '1:a1\n3:a2\n5:a3\n7:a4\n2:a5\n'],
    [['-H'], `${log}:a1\n${log}:a2\n${log}:a3\n${log}:a4\n${other}:a5\n`],
    [['-n', '-H'], `${log}:1:a1\n${log}:3:a2\n${log}:5:a3\n${log}:7:a4\n${other}:2:a5\n`],
    [['-n', '-m', '2'], '1:a1\n3:a2\n2:a5\n'],
    [['-H', '-m', '4'], `${log}:a1\n${log}:a2\n${log}:a3\n${log}:a4\n${other}:a5\n`],
    [['-H', '-0', '-m', '1'], `${log}\0a1\n${other}\0a5\n`],
  ])('%j', async (flags, stdout) => {
    expect(await run(log, other, ...flags, ...keep('a'))).toEqual({ status: 0, stdout, stderr: '' });
  });

  it('numbers what a transform made by the line that it was made of', async () => {
    const path = join(folder, 'addresses.log');
    writeFileSync(path, 'none\nfrom 10.1.2.3\nnone\nto 10.1.2.4\n');
    expect(await run(path, '-n', '--transform', 'redact', ...keep('redacted'))).toEqual({
      status: 0,
      stdout: '2:from [redacted]\n4:to [redacted]\n',
      stderr: '',
    });
  });

  it.each<string[]>([[], ['--isolate'], ['-j', '1'], ['--json'], ['-m', '1']])(
    'shows no line around a kept one that a transform has not seen (%s %s)',
    async (...way) => {
      const path = join(folder, 'secret-neighbours.log');
      writeFileSync(path, 'one 10.0.0.1\nERROR x\nbob@example.com\nz\nz\n10.9.9.9 ERROR\nlast 10.1.1.1');
      const flags = ['-n', '-C', '1', ...way.filter((flag) => flag !== undefined)];
      const [filter, transform] = [keep('ERROR'), ['--transform', 'redact']];
      for (const stages of [
        [...filter, ...transform],
        [...transform, ...filter],
      ]) {
        const { status, stdout, stderr } = await run(path, ...flags, ...stages);
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        expect(stdout).not.toMatch(/10\.|bob/);
        if (way.includes('--json') || way.includes('-m')) continue;
        expect(stdout).toBe(
          '1-one [redacted]\n2:ERROR x\n3-[redacted]\n--\n5-z\n6:[redacted] ERROR\n7-last [redacted]\n',
        );
      }
    },
  );

  const shown = without.ripgrep;
  it.skipIf(shown).each([['-C', '1'], ['-n', '-A', '2'], ['-H', '-B', '3'], ['-n', '-H', '-C', '2'], ['-l']])(
    `shows what surrounds a line as ripgrep does, by %s %s %s %s${shown}`,
    async (...given) => {
      const flags = given.filter((flag) => flag !== undefined);
      const many = join(folder, 'many.log');
      writeFileSync(many, Array.from({ length: 500 }, (_, i) => `${(i * i) % 17 === 0 ? 'a' : 'b'} ${i}\n`).join(''));
      const files = [log, many, other];
      const names = flags.includes('-H') || flags.includes('-l') ? [] : ['-I'];
      const numbers = flags.includes('-n') || flags.includes('-l') ? [] : ['-N'];
      const theirs = spawnSync('rg', ['--no-config', '--sort', 'path', ...names, ...numbers, ...flags, 'a', ...files]);
      for (const worker of workers) {
        const { stdout } = await host(['run', ...files, ...flags, ...worker, ...keep('a')]);
        expectSame(stdout, theirs.stdout, worker.join(' '));
      }
    },
  );

  it.skipIf(shown)(`gives the JSON that ripgrep gives, without what only ripgrep knows${shown}`, async () => {
    const theirs = spawnSync('rg', ['--no-config', '--sort', 'path', '--json', '-C', '1', 'a', log, other], {
      encoding: 'utf8',
    });
    const { stdout, stderr } = await run(log, other, '--json', '-C', '1', ...keep('a'));
    const essence = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ type, data: { path, lines, line_number, absolute_offset, stats } }) => ({
          type,
          path,
          lines,
          line_number,
          absolute_offset,
          matched: stats?.matched_lines,
        }));
    expect(stderr).toBe('');
    expect(essence(stdout)).toEqual(essence(theirs.stdout));
  });

  it('names a stream as soon as it has such a line, and ends', async () => {
    const flags = ['-l', '-j', '2', '--progress', 'always', ...keep('a')];
    const child = spawn(HOST, ['run', ...flags], { env: plainEnvironment() });
    child.stdin.on('error', () => {});
    // Now the workers wait for more input.
    await once(child.stderr, 'data');
    // The input stays open, so only the end of the reader can end the run.
    child.stdin.write('a1\n');
    const [[name], [status]] = await Promise.all([once(child.stdout, 'data'), once(child, 'close')]);
    expect([String(name), status]).toEqual(['(standard input)\n', 0]);
  });

  it('tells errors as JSON among JSON', async () => {
    const { status, stderr } = await run(log, join(folder, 'none'), '--json', ...keep('a'));
    expect(status).toBe(2);
    expect(JSON.parse(stderr)).toEqual({
      type: 'error',
      data: { code: 'ERR_INPUT', message: `open ${join(folder, 'none')}: no such file or directory` },
    });
  });

  it('refuses labels that no exporter writes', async () => {
    expect((await run(log, '-A', '1', '--export', 'jsonl')).stderr).toBe(
      'host: run: --after-context says nothing with --export\n',
    );
  });

  const missing = without.logs || without.ripgrep;
  it.skipIf(missing)(`numbers the lines of real logs as ripgrep does${missing}`, { timeout: 120_000 }, async () => {
    const logs = readdirSync(LOGS).filter((name) => name.endsWith('.log'));
    expect(logs.length).toBeGreaterThan(3);
    for (const name of logs) {
      const path = join(LOGS, name);
      const wanted = spawnSync('rg', ['-a', '-n', '-H', '--no-heading', '-F', 'er', path], {
        maxBuffer: 1 << 30,
      }).stdout;
      for (const flags of workers) {
        const { stdout } = await host(['run', path, '-n', '-H', ...flags, ...keep('er')]);
        expect(stdout.equals(wanted), `${name} ${flags}`).toBe(true);
      }
    }
  });
});

describe('host run, with a limit', () => {
  it.each<[string[], string]>([
    [['-m', '1'], 'a1\na5\n'],
    [['-m', '3'], 'a1\na2\na3\na5\n'],
    [['-m', '4'], 'a1\na2\na3\na4\na5\n'],
    [['-m', '100'], 'a1\na2\na3\na4\na5\n'],
    [['-m', '3', '-c'], `${log}:3\n${other}:1\n`],
    [['-m', '3', '-c', '--total'], '4\n'],
    [['-m', '3', '-c', '-I'], '3\n1\n'],
    [['-m', '3', '-l'], `${log}\n${other}\n`],
    [['-m', '2', '--export', 'csv'], 'offset,text\n0,a1\n5,a2\n2,a5\n'],
    [
      ['-m', '2', '--export', 'jsonl'],
      '{"offset":0,"text":"a1"}\n{"offset":5,"text":"a2"}\n{"offset":2,"text":"a5"}\n',
    ],
  ])('%j', async (flags, stdout) => {
    for (const more of workers) {
      expect(await run(log, other, ...flags, ...more, ...keep('a'))).toEqual({ status: 0, stdout, stderr: '' });
    }
  });

  it.skipIf(without.logs)(`gives the first lines of a real log${without.logs}`, { timeout: 120_000 }, async () => {
    const path = join(LOGS, readdirSync(LOGS).filter((name) => name.endsWith('.log'))[0] as string);
    const { stdout: all } = await host(['run', path, ...keep('e')]);
    const lines = all.toString('latin1').split(/(?<=\n)/);
    for (const limit of [1, 7, 1000, lines.length - 1, lines.length]) {
      for (const flags of workers) {
        const { stdout, status } = await host(['run', path, '-m', String(limit), ...flags, ...keep('e')]);
        expect(stdout.toString('latin1') === lines.slice(0, limit).join(''), `${limit} ${flags}`).toBe(true);
        expect(status).toBe(0);
      }
    }
  });

  it('goes on with the next file when it has enough of a pipe that does not end', async () => {
    for (const flags of [
      ['-m', '1'],
      ['-l'],
      ['-L'],
      ['-m', '1', '-c'],
      ['-m', '1', '--json'],
      ['-m', '1', '-A', '1'],
    ]) {
      const child = spawn(HOST, ['run', '-j', '2', '-H', '-', other, ...flags, ...keep('a')], {
        env: plainEnvironment(),
      });
      child.stdin.on('error', () => {});
      child.stdin.write('b\na1\na2\n');
      let stdout = '';
      child.stdout.on('data', (part) => (stdout += part));
      const [status] = await once(child, 'close');
      child.stdin.destroy();
      const shown: Record<string, string> = {
        '-l': `(standard input)\n${other}\n`,
        '-L': '',
        '-m 1': `(standard input):a1\n${other}:a5\n`,
        '-m 1 -c': `(standard input):1\n${other}:1\n`,
        '-m 1 -A 1': `(standard input):a1\n(standard input)-a2\n--\n${other}:a5\n`,
      };
      expect(status, flags.join(' ')).toBe(0);
      if (!flags.includes('--json')) expect(stdout).toBe(shown[flags.join(' ')]);
      else expect(stdout.match(/"type":"match"/g)).toHaveLength(2);
    }
  });

  it('reads no more of a large file than it takes', async () => {
    const path = join(folder, 'large-limited.log');
    writeFileSync(path, Buffer.alloc(32 << 20, 'a line\n'));
    for (const flags of [['-m', '3'], ['-l'], ['-L'], ['-m', '3', '-c'], ['-q']]) {
      const { stderr } = await host(['run', path, path, other, ...flags, '--stats', ...keep('a')]);
      const [, read = ''] = /^([\d.]+) MiB in /m.exec(stderr) ?? [];
      expect(Number(read), flags.join(' ')).toBeLessThan(10);
    }
  });

  it('stops reading, so that an endless input ends', async () => {
    const child = spawn(HOST, ['run', '-q', ...keep('yes')], {
      env: plainEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {});
    child.stdin.write('no\nyes\n');
    const [status] = await once(child, 'exit');
    expect([status, child.stdout.read()]).toEqual([0, null]);
  });

  it('of 0 reads nothing, as grep does, not even what is missing', async () => {
    expect(await run(log, join(folder, 'none'), '-m', '0')).toEqual({ status: 1, stdout: '', stderr: '' });
  });

  it('refuses x', async () => {
    const stderr = 'host: run: -m x: a whole number from 0 to 9007199254740991 is needed\n';
    expect(await run(log, '-m', 'x')).toEqual({ status: 2, stdout: '', stderr });
  });
});

describe('host run --quiet', () => {
  it('says by its status whether there is such a line, and nothing else', async () => {
    expect(await run('-q', log, ...keep('a2'))).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await run('-q', log, ...keep('z'))).toEqual({ status: 1, stdout: '', stderr: '' });
    const none = join(folder, 'none');
    const stderr = `host: open ${none}: no such file or directory\n`;
    expect(await run('-q', none, log, ...keep('a2'))).toEqual({ status: 0, stdout: '', stderr });
    expect(await run('-q', none, log, ...keep('z'))).toEqual({ status: 2, stdout: '', stderr });
    const output = join(folder, 'never');
    expect((await run('-q', log, '-o', output)).status).toBe(2);
    expect(() => readFileSync(output)).toThrow('ENOENT');
  });
});

describe('host run --timeout', () => {
  const OVERDUE = 'host: run: it does not end by itself: cancelled\n      the 0.2 s of --timeout were over\n';

  it('ends a run that takes longer, keeps what is complete, and says how far it came', async () => {
    const child = spawn(HOST, ['run', '--timeout', '0.5', ...keep('a')], { env: plainEnvironment() });
    child.stdin.write('a1\nb\n');
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (part) => (stdout += part));
    child.stderr.on('data', (part) => (stderr += part));
    const [status] = await once(child, 'close');
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: 'a1\n',
      stderr: 'host: run: 1 lines kept, 5 B read: cancelled\n      the 0.5 s of --timeout were over\n',
    });
  });

  it('ends one that waits for its reader', async () => {
    const path = join(folder, 'large.log');
    writeFileSync(path, Buffer.alloc(8 << 20, 'a line\n'));
    const child = spawn(HOST, ['run', path, '--timeout', '0.2'], { env: plainEnvironment() });
    let stderr = '';
    child.stderr.on('data', (part) => (stderr += part));
    const [status] = await once(child, 'exit');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'host: run: 0 lines kept, 0 B read: cancelled\n      the 0.2 s of --timeout were over\n',
    });
    child.stdout.destroy();
  });

  it.skipIf(noCompiler)(`ends one in which a plugin does not return${noCompiler ?? ''}`, async () => {
    const library = compile(
      folder,
      'endless',
      pluginSource({
        head: `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
          volatile int for_ever = 1;
          while (for_ever) continue;
          return 0;
        }
        static const plug_filter filter = {.size = sizeof filter, .match = match};`,
        extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;',
      }),
    );
    const output = join(folder, 'endless.out');
    const outcome = await run(log, '--filter', library, '--timeout', '0.2', '-o', output);
    expect(outcome).toEqual({ status: 2, stdout: '', stderr: OVERDUE });
    expect(readdirSync(folder).filter((name) => name.includes('endless.out'))).toEqual([]);
  });

  it('has no effect on one that ends in time', async () => {
    expect(await run(log, '--timeout', '60', ...keep('a4'))).toEqual({ status: 0, stdout: 'a4\n', stderr: '' });
  });

  it('refuses what is no time', async () => {
    expect((await run(log, '--timeout', '0')).stderr).toBe(
      'host: run: --timeout 0: seconds are needed, from 0.001 to 86400\n',
    );
  });
});
