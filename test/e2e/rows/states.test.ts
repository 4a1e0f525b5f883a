import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStates } from '../../../src/cli/run/describe-states.js';
import { prefixOf } from '../../../src/pipeline/states/prefix.js';
import { makeScratch } from '../../helpers/compile.js';
import { bash, host, seen } from '../command.js';

const folder = makeScratch();
const around = { cwd: folder };
const at = (name: string) => join(folder, name);

const lines = Array.from({ length: 5000 }, (_, i) =>
  i % 500 === 7
    ? 'no request\n'
    : `10.0.${i % 256}.1 - - [31/Dec/2024:21:${String(i % 60).padStart(2, '0')}:00 +0000] "GET /p/${(i * 7919) % 97} HTTP/1.1" ${[200, 404, 500][i % 3]} ${(i * 31) % 5000}\n`,
);
writeFileSync(at('access.log'), lines.join(''));

const asked = ['--parse', 'access', '--aggregate', 'count', '--by', 'path,status', '--aggregate', 'count'];
const run = async (...args: string[]) => seen(await host(['run', ...args], around));
const unfit = (of: string, count = 10, line = 8) =>
  `host: access: ${count} of ${of} lines do not fit; the first is access.log, line ${line}\n`;

/** Writes the states of four parts of the log, and of the whole. */
async function makeStates(): Promise<string[]> {
  const { stdout } = seen(await host(['plan', 'access.log', '--split', '100K'], around));
  const parts = stdout.trim().split('\n');
  for (const [i, part] of parts.entries()) {
    writeFileSync(at(`part${i}`), `${part}\n`);
    const { status } = await run('--plan', `part${i}`, ...asked, '--emit-state', '-o', `${i}.state`);
    expect(status).toBe(0);
  }
  expect(await run('access.log', ...asked, '--emit-state', '-o', 'whole.state')).toEqual({
    status: 0,
    stdout: '',
    stderr: unfit('5,000'),
  });
  return parts.map((_, i) => `${i}.state`);
}

const states = await makeStates();
const whole = () => readFileSync(at('whole.state'));

describe('host plan', () => {
  it('cuts files into parts about as large, and prints them as JSON', async () => {
    writeFileSync(at('ten'), '0123456789');
    writeFileSync(at('ten.GZ'), '0123456789');
    writeFileSync(at('empty'), '');
    expect(seen(await host(['plan', 'ten', 'empty', 'ten.GZ', '--split', '4'], around))).toEqual({
      status: 0,
      stdout:
        '{"input":"ten","begin":0,"end":4}\n{"input":"ten","begin":4,"end":7}\n{"input":"ten","begin":7,"end":10}\n{"input":"ten.GZ","begin":0,"end":10}\n',
      stderr: '',
    });
  });

  it('reports what is no regular file, and goes on', async () => {
    expect(seen(await host(['plan', '-', 'nothing', 'ten'], around))).toEqual({
      status: 2,
      stdout: '{"input":"ten","begin":0,"end":10}\n',
      stderr:
        'host: plan standard input: it is no regular file, and has no parts\nhost: plan nothing: there is no such file\n',
    });
  });

  it('refuses a file that is named twice, and warns of one with two names', async () => {
    symlinkSync('ten', at('link'));
    expect(seen(await host(['plan', 'ten', 'ten', 'link'], around))).toEqual({
      status: 2,
      stdout: '{"input":"ten","begin":0,"end":10}\n{"input":"link","begin":0,"end":10}\n',
      stderr:
        'host: plan link: it is ten by another name, and is counted twice\nhost: plan ten: it is named twice, and would be counted twice\n',
    });
  });
});

describe('host run --plan', () => {
  it('gives each line to the part with the byte before it', async () => {
    writeFileSync(at('ab'), 'one\ntwo\nthree\n');
    for (let cut = 1; cut < 14; cut++) {
      const parts = [[0, cut] as const, [cut, 14] as const].map(
        ([begin, end]) => `${JSON.stringify({ input: 'ab', begin, end })}\n`,
      );
      const [first, second] = await Promise.all(
        parts.map(async (input) => (await host(['run', '--plan', '-'], { ...around, input })).stdout.toString()),
      );
      expect(`${first}${second}`).toBe('one\ntwo\nthree\n');
      expect(first).toBe(['one\n', 'one\ntwo\n', 'one\ntwo\nthree\n'][cut < 4 ? 0 : cut < 8 ? 1 : 2]);
    }
  });

  it('refuses parts of compressed files, parts that are not there, and what is no plan', async () => {
    execFileSync('gzip', ['-k', at('access.log')]);
    writeFileSync(at('odd'), '{"input":"access.log.gz","begin":3,"end":100}\n{"input":"ten","begin":0,"end":11}\n');
    const hint =
      '      plan it again: plughost plan. What is compressed without a suffix such as .gz, or in UTF-16, has one part: from 0 to its size\n';
    expect(await run('--plan', 'odd')).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: read a part of it access.log.gz: it is not plain text, and has no parts\n${hint}host: read a part of it ten: its bytes are not there\n${hint}`,
    });
    writeFileSync(at('utf16'), Buffer.from('\ufeffone\ntwo\n', 'utf16le'));
    const parts = '{"input":"utf16","begin":0,"end":9}\n{"input":"utf16","begin":9,"end":18}\n';
    // The same about each of its parts is said once.
    writeFileSync(at('odd'), parts);
    expect((await run('--plan', 'odd')).stderr).toBe(
      `host: read a part of it utf16: it is not plain text, and has no parts\n${hint}`,
    );
    const input = '{"input":"ten","begin":0,"end":10}\n';
    const planned = await host(['run', '--plan', '/dev/stdin', '--filter', 'contains', '-p', 'text=9'], {
      ...around,
      input,
    });
    expect(seen(planned)).toEqual({ status: 0, stdout: '0123456789\n', stderr: '' });
    writeFileSync(at('odd'), '{"input":"utf16","begin":0,"end":18}\n');
    expect((await run('--plan', 'odd')).stdout).toBe('one\ntwo\n');
    writeFileSync(at('odd'), '{"input":"ten","begin":7,"end":7}\n');
    expect((await run('--plan', 'odd')).stderr).toBe(
      'host: read the plan odd: line 1 is not {"input":…,"begin":…,"end":…}\n',
    );
    expect((await run('--plan', 'part0', 'ten')).stderr).toBe(
      'host: run: --plan part0 lists the inputs, and ten is one more\n',
    );
  });

  it('refuses what would be about each part, and not about each file', async () => {
    for (const [given, flag] of [
      [['-n'], 'line-number'],
      [['-l'], 'files-with-matches'],
      [['-L'], 'files-without-match'],
      [['-m', '1'], 'max-count'],
      [['-B', '1'], 'context'],
    ] as const) {
      expect((await run('--plan', 'part0', ...given)).stderr).toBe(
        `host: run: --${flag} needs whole files, and --plan reads parts of them\n`,
      );
    }
  });

  it('reads a compressed file as one part', async () => {
    const { stdout } = await bash('$HOST plan access.log.gz --split 1K | $HOST run --plan - -c', around);
    expect(stdout.toString()).toBe('access.log.gz:5000\n');
  });
});

describe('states', () => {
  it('of parts become the bytes of the whole, in any order and tree, from files and pipes', async () => {
    expect(states.length).toBeGreaterThan(3);
    expect(seen(await host(['merge', ...states, '-o', 'all.state'], around))).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(at('all.state')).equals(whole())).toBe(true);
    const [first, ...others] = states.toReversed();
    const script = `cat ${first} | $HOST merge - <($HOST merge ${others.join(' ')})`;
    const { stdout, stderr } = await bash(script, around);
    expect(stderr).toBe('');
    expect(stdout.equals(whole())).toBe(true);
  });

  it('do not depend on threads, blocks and memory for groups', async () => {
    for (const setting of [['-j1'], ['-j2', '--block-size', '4K'], ['--group-memory', '64K', '--block-size', '8K']]) {
      const { stdout } = await host(['run', 'access.log', ...asked, '--emit-state', ...setting], around);
      expect(stdout.equals(whole())).toBe(true);
    }
  });

  it('give the answers that a run prints', async () => {
    const { stdout } = await run('access.log', ...asked);
    expect(seen(await host(['finish', ...states], around))).toEqual({ status: 0, stdout, stderr: '' });
    const sorted = ['--sort', '-count', '--limit', '3', '--export', 'jsonl'];
    const one = ['--parse', 'access', '--aggregate', 'count', '--by', 'path'];
    const expected = await run('access.log', ...one, ...sorted);
    await run('access.log', ...one, '--emit-state', '-o', 'path.state');
    expect(seen(await host(['finish', 'path.state', ...sorted], around)).stdout).toBe(expected.stdout);
  });

  it('are too many only for the system', async () => {
    const script = `ulimit -Sn 40; ulimit -Hn 40; $HOST merge $(for i in {1..50}; do echo 0.state; done)`;
    expect((await bash(script, around)).stderr).toBe(
      'host: open 0.state: too many open files\n      merge them in several steps, which give the same bytes, or raise ulimit -n\n',
    );
  });

  it('of a stream cover no input, and merge', async () => {
    const { stdout } = await bash(
      `cat access.log | $HOST run - ${asked.join(' ')} --emit-state -o s.state 2>&1; $HOST merge s.state s.state | $HOST finish - | tail -1`,
      around,
    );
    expect(stdout.toString()).toBe(
      `host: access: 10 of 5,000 lines do not fit; the first is (standard input), line 8\n9980\n`,
    );
  });

  it('are shown by inspect', async () => {
    expect(seen(await host(['inspect', 'whole.state'], around))).toEqual({
      status: 0,
      stdout: `whole.state
  format  states, format 1
  parser  org.plughost.access
  groups  291 by path, status
          org.plughost.count, revision 0
  groups  1 by nothing
          org.plughost.count, revision 0
  lines   5,000, of which 10 do not fit; 4,990 rows
  covers  bytes 0 to ${lines.join('').length} of access.log
`,
      stderr: '',
    });
    const { stdout } = await host(['inspect', '0.state', '--json'], around);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      path: '0.state',
      states: { groups: [expect.any(Number), 1] },
    });
  });

  it('are not merged if they cover the same bytes', async () => {
    const end = JSON.parse(readFileSync(at('part1'), 'utf8')).end;
    expect(seen(await host(['merge', '1.state', 'whole.state', '-o', 'x.state'], around))).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: merge whole.state: it covers bytes ${JSON.parse(readFileSync(at('part1'), 'utf8')).begin} to ${end} of access.log, and so does 1.state: they would be counted twice\n`,
    });
    expect(existsSync(at('x.state'))).toBe(false);
    expect((await run('access.log', 'access.log', ...asked, '--emit-state')).stderr).toBe(
      `host: run: bytes 0 to ${lines.join('').length} of access.log are read twice, and would be counted twice\n`,
    );
    const part = (begin: number, end: number) => `${JSON.stringify({ input: 'access.log', begin, end })}\n`;
    writeFileSync(at('overlap'), part(0, 200) + part(100, 300));
    expect((await run('--plan', 'overlap', ...asked)).stderr).toContain(
      'host: read the plan overlap: bytes 100 to 200 of access.log are read twice, and would be counted twice',
    );
  });

  it('say what is in them, and what cannot be', async () => {
    const line = ['--parse', 'line', '--aggregate', 'count', '--emit-state'];
    expect((await run('access.log', ...line, '--by', 'input')).stderr).toContain(
      'the column input counts the inputs of one run',
    );
    await run('access.log', '--filter', 'contains', '-p', 'text=GET', ...line, '-o', 'get.state');
    const filtered = seen(await host(['inspect', './get.state'], around)).stdout;
    expect(filtered).toContain('org.plughost.contains');
    await host(['run', ...line, '-o', 'piped.state'], { ...around, input: 'a\n' });
    expect(seen(await host(['inspect', './piped.state'], around)).stdout).toContain('no bytes of a file');
  });

  it('are not merged if another command has made them', async () => {
    await run(
      'access.log',
      '--parse',
      'access',
      '--aggregate',
      'count',
      '--by',
      'path',
      '--emit-state',
      '-o',
      'o.state',
    );
    expect((await host(['merge', '1.state', 'o.state'], around)).stderr).toBe(
      'host: merge o.state: it does not fit to 1.state: sections.0.by.1 is null and not {"name":"status","text":"status","type":"integer"}\n      states merge if the same command has made them\n',
    );
  });

  it('are refused if their plugin is not there, or has another revision', async () => {
    const bytes = readFileSync(at('0.state'));
    const edited = (from: string, to: string) => Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
    writeFileSync(at('edited.state'), edited('org.plughost.count', 'org.plughost.bount'));
    const { status, stderr } = await host(['finish', 'edited.state'], around);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        'host: merge edited.state: it has states of org.plughost.bount, and there is no such plugin\n      plughost list shows the plugins; name a folder with --plugin-dir DIR\n',
    });
    writeFileSync(at('edited.state'), edited('"revision":0', '"revision":7'));
    expect((await host(['finish', 'edited.state'], around)).stderr).toBe(
      'host: merge edited.state: it has states of revision 7, and count has revision 0\n      use the version of the plugin that has written the states\n',
    );
  });

  it('that are damaged are refused, and no file is written', async () => {
    const bytes = whole();
    const damaged: [Buffer, RegExp][] = [
      [bytes.subarray(0, 5), /it is not a file of states/],
      [bytes.subarray(0, bytes.length - 1), /it is damaged: it ends too early/],
      [bytes.subarray(0, bytes.length - 3000), /it is damaged: it ends within a group/],
      [Buffer.concat([bytes, Buffer.of(0)]), /it is damaged: something follows its end/],
      [Buffer.concat([bytes.subarray(0, -50), Buffer.of(9), bytes.subarray(-49)]), /it is damaged|merge/],
      [
        Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]),
        /it is damaged: its checksum is wrong/,
      ],
    ];
    for (const [content, message] of damaged) {
      writeFileSync(at('damaged.state'), content);
      const { status, stderr } = await host(['merge', 'damaged.state', '-o', 'x.state'], around);
      expect(stderr).toMatch(message);
      expect(status).toBe(2);
      expect(existsSync(at('x.state'))).toBe(false);
    }
  });

  it('are not written if nobody could read them', async () => {
    const expr = `status in (${Array.from({ length: 100_000 }, (_, i) => 10 ** 10 + i).join()})`;
    writeFileSync(at('options.json'), JSON.stringify({ expr }));
    const wide = ['--parse', 'access', '--filter', 'where', '--params-file', 'options.json', '--aggregate', 'count'];
    expect(await run('access.log', ...wide, '--emit-state', '-o', 'x.state')).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /states: the options of plugins take 12\d{5} bytes, and there is room for 1048576\n {6}options are part of states/,
      ),
    });
    const name = `/${'x'.repeat(4000)}`;
    const coverage = Array.from({ length: 17_000 }, (_, i) => ({ name: `${name}${i}`, begin: 0, end: 1 }));
    expect(() => prefixOf(readStates(at('0.state')).header, coverage)).toThrow(
      'states: the names of inputs take 68430890 bytes, and there is room for 67108864',
    );
    writeFileSync(at('long'), Buffer.alloc(65 << 20, 'x'));
    const long = ['--parse', 'line', '--max-line', '100M', '--aggregate', 'count', '--by', 'line'];
    expect((await run('long', ...long, '--emit-state', '-o', 'x.state')).stderr).toContain(
      'host: write x.state: a group takes more than 64 MiB, keys and states together\n',
    );
    expect(existsSync(at('x.state'))).toBe(false);
  });

  it('are not written by a run that fails', async () => {
    const { status, stderr } = await run('access.log', 'nothing', ...asked, '--emit-state', '-o', 'x.state');
    expect(status).toBe(2);
    expect(stderr).toBe(
      `host: open nothing: no such file or directory\nhost: x.state: not written, because the run failed\n${unfit('5,000')}`,
    );
    expect(existsSync(at('x.state'))).toBe(false);
    const piped = await run('access.log', ...asked, '--emit-state', 'new.state');
    expect(piped).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'host: open new.state: no such file or directory\n' +
        '      --emit-state takes no value; if the states belong into this file: --emit-state -o new.state\n',
    });
    expect(seen(await host(['report', 'new.state', '--parse', 'access', '--emit-state'], around))).toEqual(piped);
  });

  it('are refused beside flags that say nothing about them', async () => {
    expect((await run('access.log', '--emit-state')).stderr).toBe(
      'host: run: --emit-state says nothing without --aggregate\n      write: --aggregate count --by COLUMN --emit-state -o FILE\n',
    );
    for (const flag of [['--sort', 'count'], ['--limit', '3'], ['--export', 'csv'], ['--quiet']]) {
      expect((await run('access.log', ...asked, ...flag, '--emit-state')).stderr).toBe(
        `host: run: ${flag[0]} says nothing with --emit-state\n      plughost finish prints what it wrote, with --sort, --limit and --export\n`,
      );
    }
  });
});
