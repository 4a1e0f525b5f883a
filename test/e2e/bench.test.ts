import { execFileSync } from 'node:child_process';
import { appendFileSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/cli/bench/report.js';
import { compile, noCompiler, pluginSource } from '../helpers/compile.js';
import { builtIn, host, ROOT, seen } from './command.js';
import { bench, few, folder, lines, reportOf, sample, text } from './host-bench.js';

/** Returns the median, computed in a naive way. */
const middle = (numbers: readonly number[]) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] as number) + (sorted[Math.floor(half)] as number)) / 2;
};

describe('the plugin noop', () => {
  const run = async (...args: string[]) => seen(await host(['run', sample, ...args])).stdout;

  it('keeps no line, by every shape', async () => {
    for (const shape of ['scan', 'batch', 'line']) {
      expect(await run('--filter', 'noop', '--shape', shape)).toBe('');
      expect(await run('-v', '--filter', 'noop', '--shape', shape, '-c')).toBe(`${lines.length}\n`);
    }
  });

  it('leaves every line as it is, by every shape, and exports nothing', async () => {
    for (const shape of ['batch', 'line']) expect(await run('--transform', 'noop', '--shape', shape)).toBe(text);
    expect(await run('--export', 'noop')).toBe('');
  });
});

describe('host bench', () => {
  it('measures each shape of a filter beside the no-op and the read limit', async () => {
    const { at, machine, version, readCeiling, calls, ...rest } = await reportOf(
      ...['contains', '-p', 'text=Firefox', sample, '--runs', '3'],
    );
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(600_000);
    expect(machine).toMatchObject({ node: process.versions.node, cores: expect.any(Number) });
    expect(version).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
    expect(rest).toEqual({
      log: { file: sample, bytes: text.length, lines: lines.length },
      plugin: {
        ...{ label: 'contains', version: '0.1.0', path: builtIn('contains'), form: 'native', place: 'in-process' },
        parameters: ['-p text=Firefox'],
      },
      workers: 1,
      runs: 3,
      remarks: expect.arrayContaining(['the log is small, so starting threads is a large part of each run']),
    });
    const kept = lines.filter((line) => line.includes('Firefox')).length;
    expect(kept).toBeGreaterThan(0);
    const facts = calls.map(({ of, label, kind, shape, linesKept, linesChanged }) => {
      return [of, label, kind, shape, linesKept, linesChanged];
    });
    expect(facts).toEqual([
      ['plugin', 'contains', 'filter', 'scan', kept, 0],
      ['plugin', 'contains', 'filter', 'batch', kept, 0],
      ['plugin', 'contains', 'filter', 'line', kept, 0],
      ['no-op', 'noop', 'filter', 'scan', 0, 0],
      ['no-op', 'noop', 'filter', 'batch', 0, 0],
      ['no-op', 'noop', 'filter', 'line', 0, 0],
    ]);

    const perLine = (ms: number) => (ms * 1e6) / lines.length;
    for (const { gigabytesPerSecond, nsPerLine, ms } of [readCeiling, ...calls]) {
      expect(ms.map((one) => one > 0)).toEqual([true, true, true]);
      expect(nsPerLine.median).toBeCloseTo(perLine(middle(ms)), 9);
      expect(nsPerLine.least).toBeCloseTo(perLine(Math.min(...ms)), 9);
      expect(gigabytesPerSecond).toBeCloseTo(text.length / middle(ms) / 1e6, 9);
    }
    const splitting = calls[4] as (typeof calls)[number];
    for (const call of calls) {
      expect(call.stage.nsPerLine.median).toBeCloseTo(perLine(middle(call.stage.ms)), 9);
      const more = call.stage.ms.map((ms, round) => perLine(ms - (splitting.stage.ms[round] as number)));
      if (call === splitting) expect(call.beyondSplitting).toBe(null);
      else {
        expect(call.beyondSplitting?.median).toBeCloseTo(middle(more), 6);
        expect(call.beyondSplitting?.low).toBeCloseTo(Math.min(...more), 6);
        expect(call.beyondSplitting?.high).toBeCloseTo(Math.max(...more), 6);
      }
    }
  });

  it('measures transforms by their shapes and exporters by write, and what does all of it', async () => {
    const shapesOf = ({ calls }: Report) => calls.map(({ of, kind, shape }) => `${of} ${kind} ${shape}`);
    const redact = await reportOf('redact', sample, ...few);
    expect(shapesOf(redact)).toEqual([
      ...['plugin transform batch', 'plugin transform line', 'no-op transform batch', 'no-op transform line'],
    ]);
    expect(redact.calls.map(({ linesKept, linesChanged }) => [linesKept, linesChanged])).toEqual([
      ...[lines.length, lines.length].map((all) => [all, all]),
      ...[lines.length, lines.length].map((all) => [all, 0]),
    ]);
    expect(shapesOf(await reportOf('csv', sample, ...few))).toEqual(['plugin exporter write', 'no-op exporter write']);
    const all = ['filter scan', 'filter batch', 'filter line', 'transform batch', 'transform line', 'exporter write'];
    expect(shapesOf(await reportOf('noop', sample, ...few))).toEqual([
      ...all.map((call) => `plugin ${call}`),
      ...all.map((call) => `no-op ${call}`),
    ]);
  });

  it('works with more workers', async () => {
    const { workers, calls } = await reportOf('contains', '-p', 'text=Firefox', sample, '-j', '2', ...few);
    expect([workers, calls.length]).toEqual([2, 6]);
  });

  it('makes a log where none is given', async () => {
    const { log } = await reportOf('noop', '--runs', '1');
    expect(log).toEqual({ file: null, bytes: 67_108_818, lines: 341_920 });
  });

  it('shows a table to people', async () => {
    const { status, stdout, stderr } = await bench('contains', '-p', 'text=Firefox', sample, ...few);
    expect([status, stderr]).toEqual([0, '']);
    const form = stdout
      .replace(/^ {2}.*, Node .*$/m, '  MACHINE')
      .replace(/^Note: the machine is busy.*\n\n?/m, '')
      .replace(/-?\d+\.\d+/g, '#')
      .replace(/\d+ %/g, '% ')
      .replace(/ +/g, ' ')
      .replace(/ $/gm, '');
    expect(form.trimEnd()).toBe(
      `contains #.0
 -p text=Firefox
 ${sample}: # KiB, 2,000 lines of 232 bytes
 ${lines.filter((line) => line.includes('Firefox')).length} of them kept
 1 worker, 2 runs of each call, in turns
 MACHINE

 GB/s of limit ns a line least spread in stage beyond splitting
read limit # % # # %
contains filter by scan # % # # % # # (# to #)
 filter by batch # % # # % # # (# to #)
 filter by line # % # # % # # (# to #)
no-op filter by scan # % # # % # # (# to #)
 filter by batch # % # # % # 0
 filter by line # % # # % # # (# to #)

 read limit positional reads of the file into aligned blocks, each
 byte looked at, a thread for each worker
 no-op a plugin that does nothing by every call: the part of
 the engine itself
 GB/s, ns a line of whole runs, at the median; least: of the fastest;
 spread: of the middle half of them
 in stage ns a line inside the stage, with splitting where lines
 are split; of all workers together
 beyond splitting that, less the no-op by batch (of an exporter: by
 write), round by round: median, and where it lies in
 19 of 20 cases

Note: with fewer than 6 runs a range is all that was seen, and is too narrow; give more with --runs.

Note: the log is small, so starting threads is a large part of each run.`,
    );
  });

  describe.skipIf(noCompiler)('of a plugin that is made for it', () => {
    const filter = (match: string, more = '') =>
      pluginSource({
        head: `#include <time.h>
static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  (void)plugin, (void)state, (void)data, (void)len, (void)now;
  ${match}
}
static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)spans, (void)cap, (void)error;
  *cursor = block.len;
  return 0;
}
static const plug_filter filter = {.size = sizeof filter, .match = match, .scan = ${more.includes('scan') ? 'scan' : '0'},
                                   .flags = ${more.includes('ordered') ? 'PLUG_FILTER_ORDERED' : '0'}};`,
        extension: '(void)scan; return plug_same_id(id, PLUG_FILTER) ? &filter : 0;',
      });
    const flags = ['-D_POSIX_C_SOURCE=199309L', '-O1'];

    it('finds what a line costs', async () => {
      const path = compile(
        folder,
        'slow',
        filter('for (uint64_t end = now() + 20000; now() < end;);\n  return 0;'),
        flags,
      );
      const { calls } = await reportOf(path, sample, '--runs', '7');
      const [slow] = calls;
      expect(slow?.shape).toBe('line');
      // The plugin takes 20 µs a line, or more. Splitting the sample takes no 20 ms, however busy the machine is.
      expect(slow?.nsPerLine.least).toBeGreaterThan(20_000);
      expect(slow?.beyondSplitting?.low).toBeGreaterThan(10_000);
    });

    it('believes no times of shapes that keep other lines', async () => {
      const path = compile(folder, 'twofold', filter('return 1;', 'scan'), flags);
      expect(await bench(path, sample)).toEqual({
        status: 2,
        stdout: '',
        stderr:
          'host: plugin twofold: filter: of the same lines it keeps 0 by scan, and keeps 2000 by line\n      this is a fault of the plugin; tell its author\n',
      });
    });

    it('has one worker for a plugin that sees lines in order, and says so', async () => {
      const path = compile(folder, 'inorder', filter('return 0;', 'ordered'), flags);
      const { status, stdout, stderr } = await bench(path, sample, '-j', '2', '--json', ...few);
      const data = { message: 'inorder sees lines in order, so there is one worker' };
      expect([status, JSON.parse(stderr)]).toEqual([0, { type: 'warning', data }]);
      expect(JSON.parse(stdout).workers).toBe(1);
    });

    it('ends with what the plugin says when it fails', async () => {
      const path = compile(folder, 'failing', filter('return PLUG_ERROR_IO;'), flags);
      const { status, stdout, stderr } = await bench(path, sample);
      expect([status, stdout, stderr.split('\n')[0]]).toEqual([
        ...[2, '', 'host: plugin failing: match: no reason given (IO)'],
      ]);
    });
  });

  describe('refuses', () => {
    const file = (name: string, bytes: string | Uint8Array) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const refused = async (...args: string[]) => {
      const { status, stdout, stderr } = await bench(...args);
      expect([status, stdout]).toEqual([2, '']);
      return stderr;
    };

    it('what is no plugin for lines', async () => {
      expect(await refused('greet')).toBe(
        'host: plugin greet: it is no filter, transform or exporter\n      it offers only name and run; try: plughost load\n',
      );
    });

    it('a log that cannot be read, or not again and again', async () => {
      const none = join(folder, 'none');
      expect(await refused('noop', none)).toBe(`host: open ${none}: no such file or directory\n`);
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const path of [pipe, folder]) {
        expect(await refused('noop', path)).toBe(
          `host: measure with ${path}: it is no regular file, and must be read again and again\n      name a file, or none\n`,
        );
      }
    });

    it('a log without lines, and one that would have to be decoded', async () => {
      const empty = file('empty', '');
      expect(await refused('noop', empty)).toBe(
        `host: measure with ${empty}: there is no line in it\n      name a log of some MiB, or none\n`,
      );
      const compressed = file('log.gz', gzipSync(text));
      expect(await refused('noop', compressed)).toBe(
        `host: measure with ${compressed}: it is gzip, so decoding would be measured\n      decode it first, or name no file\n`,
      );
    });

    it('a log that grows', async () => {
      const log = file('growing', text);
      const writer = setInterval(() => appendFileSync(log, 'one more\n'), 20);
      const stderr = await refused('noop', log, '--runs', '1000');
      clearInterval(writer);
      expect(stderr).toMatch(
        /^host: measure with .*\/growing: it had \d+ bytes, and now \d+ can be read\n {6}name a log that nobody writes to, such as a copy\n$/,
      );
    });

    it('a line that the engine does not take', async () => {
      const long = file('long', Buffer.alloc((16 << 20) + 1, 'x'));
      expect(await refused('noop', long)).toContain('is longer than 16777216 bytes');
    });

    it('options of the plugin that are wrong or missing', async () => {
      expect(await refused('contains', sample)).toBe(
        'host: configure contains: the option "text" is missing\n      on the command line: -p text=…\n',
      );
      expect(await refused('contains', '-p', 'txet=a', sample)).toBe(
        'host: configure contains: there is no option "txet"\n      did you mean text?\n',
      );
    });

    it.each([
      [[], 'bench: no PLUGIN is given\n      see: plughost bench --help\n'],
      [['noop', 'a', 'b'], 'bench: b: one plugin and one file are measured\n'],
      [['noop', '--runs', '0'], 'bench: --runs 0: a whole number from 1 to 1000 is needed\n'],
      [['noop', '-j', 'x'], 'bench: -j x: a whole number from 1 to 1024 is needed\n'],
      [['noop', '--htlm', 'x'], 'bench: there is no option --htlm\n      did you mean --html?\n'],
    ])('%j', async (args, message) => {
      expect(await refused(...args)).toBe(`host: ${message}`);
    });

    it('to put the page where the log is, and a page that cannot be written, after the table', async () => {
      const log = file('own.log', text);
      const link = join(folder, 'own.html');
      linkSync(log, link);
      const over = await bench('noop', log, ...few, '--html', link);
      expect([over.status, over.stderr]).toEqual([
        ...[2, `host: write ${link}: it is also an input\n      write to another file\n`],
      ]);
      expect(readFileSync(log, 'latin1')).toBe(text);
      const nowhere = join(folder, 'none/page.html');
      const { status, stdout, stderr } = await bench('noop', sample, ...few, '--html', nowhere);
      expect([status, stderr]).toEqual([2, `host: write ${nowhere}: no such file or directory\n`]);
      expect(stdout).toContain('read limit');
    });
  });
});
