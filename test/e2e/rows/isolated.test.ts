import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, makeScratch, noCompiler } from '../../helpers/compile.js';
import { host, seen, without } from '../command.js';
import { WORDS } from './words.js';

// Skipped under a sanitizer, which would catch the memory errors before the host does.
const sanitized = process.env.LD_PRELOAD !== undefined;
const folder = makeScratch();

const words = noCompiler ? '' : compile(folder, 'words', WORDS);

const lines = Array.from({ length: 6000 }, (_, i) =>
  i % 17 === 0 ? `${'single'.repeat(i % 3)}` : `word${i % 91} ${'x'.repeat((i * 7) % 60)} ${i}`,
);
const log = join(folder, 'log');
writeFileSync(log, lines.map((line) => `${line}\n`).join(''));
const POISONED = [901, 904, 4000];
const bad = join(folder, 'bad');
const badLines = lines.map((line, i) => (POISONED.includes(i) ? `${`poison ${i}`.padEnd(14)}POISON` : line));
writeFileSync(bad, badLines.map((line) => `${line}\n`).join(''));

const columnsOf = (line: string): string => {
  const first = /^(.*?) /.exec(line)?.[1] ?? '';
  return `${first}|${first.toUpperCase()}|${line.length}|${line.length % 3 ? line.length / 2 : '-'}\n`;
};
const table = (of: readonly string[]) =>
  `first|capitals|length|half\n${of
    .filter((line) => line.includes(' '))
    .map(columnsOf)
    .join('')}`;
const even = (of: readonly string[]) => of.filter((line) => line.includes(' ') && line.length % 2 === 0);
const unfit = (of: readonly string[]) => of.filter((line) => !line.includes(' ')).length;

const isolates = [['--isolate'], ['--sandbox']];
const EXPORT = (parser: string, exporter = words) => [
  '--parse',
  parser,
  '--columns',
  'first,capitals,length,half',
  '--export',
  exporter,
];

describe.skipIf(noCompiler)('rows of isolated plugins', () => {
  it.each([[], ...isolates])('are the same bytes (%s)', async (...place) => {
    for (const more of [
      ['-j', '1'],
      ['-j', '3', '--block-size', '4096'],
    ]) {
      const outcome = seen(await host(['run', log, ...EXPORT(words), ...more, ...place]));
      expect(outcome.stdout).toBe(table(lines));
      expect(outcome.stderr).toBe(
        `host: words: ${unfit(lines)} of 6,000 lines do not fit; the first is ${log}, line 1\n`,
      );
      const kept = seen(await host(['run', log, '--parse', words, '--filter', words, ...more, ...place]));
      expect(kept.stdout).toBe(
        even(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
      const dropped = seen(
        await host(['run', log, '--parse', words, '--invert', '--filter', words, ...more, ...place]),
      );
      expect(dropped.stdout).toBe(
        lines
          .filter((line) => line.includes(' ') && line.length % 2)
          .map((line) => `${line}\n`)
          .join(''),
      );
    }
  });

  it.each(isolates)('are the same bytes behind a transform (%s)', async (place) => {
    const args = ['run', log, '--transform', 'redact', ...EXPORT(words)];
    const wanted = seen(await host(args));
    expect(wanted.stdout).toBe(table(lines));
    expect(seen(await host([...args, place]))).toEqual(wanted);
  });

  it.each(isolates)(
    'are the same bytes of lines that end with CR LF, were changed, and are not adjacent (%s)',
    async (place) => {
      const crlf = join(folder, 'crlf');
      writeFileSync(
        crlf,
        lines.map((line, i) => (i % 5 ? `${line} me${i}@example.org end\r\n` : `${line}\n`)).join(''),
      );
      const stages = ['--crlf', '--filter', 'contains', '-p', 'text=7', '--transform', 'redact', '--parse', words];
      const ends = [EXPORT(words).slice(2), ['--filter', words], ['--aggregate', words, '--by', 'length']];
      for (const end of ends)
        for (const from of [stages, [...stages.slice(0, 5), ...stages.slice(-2)]]) {
          const args = ['run', crlf, ...from, ...end];
          const wanted = seen(await host(args));
          expect([wanted.status, wanted.stdout.split('\n').length > 40]).toEqual([0, true]);
          expect(wanted.stdout.includes('@example')).toBe(from !== stages && end.includes('--filter'));
          expect(seen(await host([...args, place]))).toEqual(wanted);
        }
    },
  );

  it.each(isolates)('of builtin plugins are the same bytes (%s)', async (place) => {
    const access = join(folder, 'access.log');
    const line = (i: number) =>
      `10.0.${i % 256}.1 - - [31/Dec/2024:21:00:${String(i % 60).padStart(2, '0')} +0000] "GET /p/${i % 331}${i % 50 ? '' : '?q=\\"x\\"'} HTTP/1.1" ${[200, 304, 404, 500][i % 4]} ${i % 11 ? i : '-'}`;
    writeFileSync(access, Array.from({ length: 9000 }, (_, i) => `${line(i)}\n`).join(''));
    for (const args of [
      ['--columns', 'time,host,path,status,bytes'],
      ['--columns', 'path,status', '--export', 'jsonl'],
      ...(without.where
        ? []
        : [
            ['--where', 'status >= 400 and path ~ "1"'],
            ['--where', 'bytes > 100', '--columns', 'bytes', '-n', '-H'],
          ]),
    ]) {
      const all = ['run', access, '--parse', 'access', ...args];
      const wanted = seen(await host(all));
      expect(wanted.status).toBe(0);
      expect(wanted.stdout.length).toBeGreaterThan(9000);
      expect(seen(await host([...all, place]))).toEqual(wanted);
    }
  });

  it.each(isolates)('are the same answers (%s)', async (place) => {
    for (const by of [[], ['--by', 'first'], ['--by', 'first,length,half']]) {
      const args = ['run', log, '--parse', words, '--aggregate', words, ...by, '--aggregate', 'count', ...by];
      const wanted = seen(await host(args));
      expect(wanted.status).toBe(0);
      for (const more of [
        ['-j', '1'],
        ['-j', '3', '--block-size', '4096'],
        ['--group-memory', '64K'],
      ])
        expect(seen(await host([...args, ...more, place]))).toEqual(wanted);
    }
    const filtered = [
      'run',
      log,
      '--parse',
      words,
      '--filter',
      words,
      '--aggregate',
      words,
      '--by',
      'length',
      '--sort',
      '-sum',
    ];
    expect(seen(await host([...filtered, place]))).toEqual(seen(await host(filtered)));
    const empty = ['run', '--parse', words, '--aggregate', words];
    expect(seen(await host([...empty, place]))).toEqual(seen(await host(empty)));
  });
});

describe.skipIf(noCompiler || sanitized)('an isolated plugin of rows that commits a fault', () => {
  const sound = badLines.filter((_, i) => !POISONED.includes(i));
  const faulty = (at: string, fault: string, flags: string[] = []) =>
    compile(folder, `bad-${at}-${fault}${flags.length}`, WORDS, [`-DAT=${at}_place`, `-DFAULT=${fault}`, ...flags]);
  const more = ['--call-timeout', '0.4', '--block-size', '64K'];
  const told = (stderr: string) =>
    [...stderr.matchAll(/line (\d+), byte \d+: the line is (left out|kept)/g)].map(([, line, how]) => `${line} ${how}`);
  const lost = (how: string) => POISONED.map((index) => `${index + 1} ${how}`);

  /** Runs commands at the same time, because most of theirs is waiting for a plugin that does not answer. */
  const together = async <const C extends readonly (readonly string[])[]>(...commands: C) =>
    (await Promise.all(commands.map(async (command) => seen(await host([...command]))))) as {
      [K in keyof C]: ReturnType<typeof seen>;
    };

  it.each(['crash', 'stop', 'leave', 'outside', 'beyond', 'nan_cell', 'status', 'panic'])(
    'as a parser by %s costs the lines for which it does, and no others',
    async (fault) => {
      const args = ['run', bad, ...EXPORT(faulty('parser', fault)), ...more];
      const keeping = together([...args, '--isolate', '--on-fault', 'match']);
      for (const skipped of await together([...args, '--isolate'], [...args, '--sandbox'])) {
        expect(skipped.stdout).toBe(table(sound));
        expect([skipped.status, told(skipped.stderr)]).toEqual([2, lost('left out')]);
        expect(skipped.stderr).toContain(`${unfit(sound)} of 6,000 lines do not fit`);
      }
      const [kept] = await keeping;
      expect(told(kept.stderr)).toEqual(lost('kept'));
      expect(kept.stdout).toBe(
        `first|capitals|length|half\n${badLines
          .filter((line) => line.includes(' '))
          .map((line) => (line.includes('POISON') ? '-|-|-|-\n' : columnsOf(line)))
          .join('')}`,
      );
    },
    120_000,
  );

  it.each(['crash', 'stop', 'leave', 'beyond', 'status', 'panic'])(
    'as a row filter by %s costs the rows for which it does, and no others',
    async (fault) => {
      const plugin = faulty('filter', fault);
      const text = (of: readonly string[]) => of.map((line) => `${line}\n`).join('');
      const args = ['run', bad, '--parse', words, '--filter', plugin, ...more];
      const dropped = ['run', bad, '--parse', words, '--invert', '--filter', plugin, ...more, '--isolate'];
      const inverting = together(dropped, [...dropped, '--on-fault', 'match']);
      for (const skipped of await together([...args, '--isolate'], [...args, '--sandbox'])) {
        expect(skipped.stdout).toBe(text(even(sound)));
        expect([skipped.status, told(skipped.stderr)]).toEqual([2, lost('left out')]);
      }
      const odd = (of: readonly string[]) => of.filter((line) => line.includes(' ') && line.length % 2);
      const [skipped, kept] = await inverting;
      expect(skipped.stdout).toBe(text(odd(sound)));
      expect(told(kept.stderr)).toEqual(lost('kept'));
      expect(kept.stdout).toBe(
        text(badLines.filter((line) => line.includes('POISON') || (line.includes(' ') && line.length % 2))),
      );
    },
    120_000,
  );

  it.each(['crash', 'stop', 'leave', 'status', 'panic'])(
    'as an exporter by %s costs the rows for which it does, and no others',
    async (fault) => {
      const args = ['run', bad, ...EXPORT(words, faulty('exporter', fault)), ...more];
      for (const outcome of await together([...args, '--isolate'], [...args, '--sandbox'])) {
        expect(outcome.stdout).toBe(table(sound));
        expect([outcome.status, told(outcome.stderr)]).toEqual([2, lost('left out')]);
      }
    },
    120_000,
  );

  it('costs its whole block where lines depend on each other, and says so', async () => {
    const plugin = faulty('parser', 'crash', ['-DFLAGS=2']);
    const { status, stdout, stderr } = seen(await host(['run', bad, ...EXPORT(plugin), ...more, '--isolate']));
    expect(status).toBe(2);
    expect(stderr).toMatch(/\d+ lines are left out/);
    expect(table(sound).startsWith('first|')).toBe(true);
    for (const row of stdout.split('\n').slice(1, -1)) expect(row).not.toContain('poison');
  });

  it.each([
    ['new', 'crash'],
    ['new', 'stop'],
    ['new', 'leave'],
    ['new', 'status'],
    ['want', 'crash'],
    ['want', 'stop'],
    ['want', 'status'],
    ['want', 'panic'],
  ])('when it makes its state (%s, by %s) ends the run, and blames no line', async (place, fault) => {
    const plugin = faulty(place, fault);
    const parsing = ['run', log, ...EXPORT(plugin), ...more, '-j', '2'];
    const commands = [
      [...parsing, '--isolate'],
      [...parsing, '--sandbox', '--on-fault', 'match'],
    ];
    if (place === 'new') commands.push(['run', log, '--parse', words, '--filter', plugin, ...more, '--isolate']);
    for (const { status, stdout, stderr } of await together(...commands)) {
      expect(status).toBe(2);
      expect(['', table([])]).toContain(stdout);
      const [message, ...hint] = stderr.split('\n');
      expect(message).toMatch(/^host: plugin \S+: (state_new|want|state_new or want): ./);
      expect(hint).toEqual([
        fault === 'stop'
          ? '      if it needs more time: --call-timeout SECONDS; else it is a fault of the plugin'
          : '      this is a fault of the plugin; tell its author',
        '',
      ]);
    }
  });

  it.each(['crash', 'status', 'beyond'])(
    'that fails for lines together (%s), and for none alone, is told, counted, and ends the run where its user wants that',
    async (fault) => {
      const short = join(folder, 'short');
      const few = lines.slice(0, 20);
      writeFileSync(short, few.map((line) => `${line}\n`).join(''));
      const parsing = ['run', short, ...EXPORT(faulty('batch', fault)), ...more, '--isolate'];
      const filtering = ['run', short, '--parse', words, '--filter', faulty('batch', fault), ...more, '--isolate'];
      const reason = 'it fails with these lines together, and with none of them alone';
      const [parsed, filtered, stopped, counted] = await together(
        parsing,
        filtering,
        [...parsing, '--on-fault', 'stop'],
        [...parsing, '--max-faults', '0'],
      );
      expect(parsed.stdout).toBe(table(few));
      expect(filtered.stdout).toBe(
        even(few)
          .map((line) => `${line}\n`)
          .join(''),
      );
      expect(parsed.status).toBe(0);
      for (const { stderr } of [parsed, filtered, stopped, counted]) expect(stderr).toContain(reason);
      for (const { status, stdout } of [stopped, counted]) expect([status, stdout]).toEqual([2, table([])]);
    },
  );

  it('ends the run where its user wants that', async () => {
    const args = ['run', bad, ...EXPORT(faulty('parser', 'crash')), ...more, '--isolate', '--on-fault', 'stop'];
    const { status, stderr } = seen(await host(args));
    expect(status).toBe(2);
    expect(stderr).toContain(`it crashed with SIGSEGV at address 0x0, in `);
    expect(stderr).toContain(`${bad}, line 902`);
  });
});
