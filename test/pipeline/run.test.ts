import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  LineTooLongError,
  loadPlugin,
  OutputError,
  type Pipeline,
  type Progress,
  resultAtFailure,
  run,
} from '../../src/index.js';
import { builtIn } from '../e2e/command.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { rejected } from '../helpers/thrown.js';

const folder = makeScratch();

let files = 0;
function fileOf(text: string): string {
  const path = join(folder, `in${files++}`);
  writeFileSync(path, text);
  return path;
}

const contains = (text: string) => loadPlugin(builtIn('contains'), { config: { text } });

/** What a promise was rejected with. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a file that run writes', () => {
  it('is left as it was when an input cannot be read, unless what there is is wanted', async () => {
    const output = join(folder, 'kept');
    writeFileSync(output, 'old\n');
    const inputs = [fileOf('a\n'), join(folder, 'missing')];
    expect((await run(inputs, { output })).failures).toHaveLength(1);
    expect(readFileSync(output, 'utf8')).toBe('old\n');
    await run(inputs, { output, keepPartial: true });
    expect(readFileSync(output, 'utf8')).toBe('a\n');
    const long = { output, maxLine: 1, keepPartial: true };
    expect(await failureOf(run([fileOf('b\nlong\n')], long))).toBeInstanceOf(LineTooLongError);
    expect(readFileSync(output, 'utf8')).toBe('b\n');
  });
});

describe('run', () => {
  it('counts without an output, and tells what every stage did', async () => {
    using a = contains('a');
    using b = contains('b');
    const inputs = [fileOf('a\nab\nb\n'), fileOf('abc'), join(folder, 'none'), fileOf('')];
    const result = await run(inputs, {
      stages: [{ filter: a }, { filter: b, invert: true, shape: 'line' }],
      workers: 1,
    });
    const { ms, stages, ...rest } = result;
    expect(rest).toEqual({
      bytes: 10,
      total: 10,
      kept: 1,
      written: 0,
      inputs: [
        { name: inputs[0], state: 'read', bytes: 7, kept: 1 },
        { name: inputs[1], state: 'read', bytes: 3, kept: 0 },
        { name: inputs[2], state: 'refused', bytes: 0, kept: 0 },
        { name: inputs[3], state: 'read', bytes: 0, kept: 0 },
      ],
      workers: 1,
      blocks: 3,
      longLines: 0,
      answers: 0,
      folded: 0,
      early: false,
      faults: [],
      transient: [],
      failures: [expect.objectContaining({ code: 'ERR_INPUT' })],
    });
    expect(ms).toBeGreaterThan(0);
    expect(stages.map(({ ms, ...stage }) => ({ ...stage, took: ms >= 0 }))).toEqual([
      {
        label: 'contains',
        shape: 'scan',
        linesIn: 0,
        linesKept: 3,
        linesChanged: 0,
        linesSkipped: 0,
        linesUnfit: 0,
        bytesIn: 10,
        took: true,
      },
      {
        label: 'contains',
        shape: 'line',
        linesIn: 3,
        linesKept: 1,
        linesChanged: 0,
        linesSkipped: 0,
        linesUnfit: 0,
        bytesIn: 8,
        took: true,
      },
    ]);
  });

  it('counts for an exporter what it wrote, also where the limit cuts a block', async () => {
    using csv = loadPlugin(builtIn('csv'));
    const path = join(folder, 'limited');
    const fd = openSync(path, 'w');
    const { kept, stages } = await run([fileOf('1\n22\n333\n')], {
      exporter: csv,
      limit: 2,
      output: { fd, name: path },
    });
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('offset,text\n0,1\n2,22\n');
    expect([kept, stages.map(({ linesIn, bytesIn }) => ({ linesIn, bytesIn }))]).toEqual([
      2,
      [{ linesIn: 2, bytesIn: 5 }],
    ]);
  });

  it('leaves descriptors open, and reads from where they stand', async () => {
    const input = openSync(fileOf('one\ntwo\n'), 'r');
    const path = join(folder, 'output');
    const output = openSync(path, 'w');
    readSync(input, Buffer.alloc(4), 0, 4, null);
    const result = await run([{ fd: input, name: 'the input' }], { stages: [], output: { fd: output, name: path } });
    expect({ kept: result.kept, written: result.written, text: readFileSync(path, 'utf8') }).toEqual({
      kept: 1,
      written: 4,
      text: 'two\n',
    });
    expect(fstatSync(input).isFile() && fstatSync(output).isFile()).toBe(true);
    closeSync(input);
    closeSync(output);
  });

  it('names a descriptor that cannot be read as it was named', async () => {
    const fd = openSync(folder, 'r');
    const { failures } = await run([{ fd, name: 'the input' }], { stages: [] });
    closeSync(fd);
    expect(failures.map(({ code, message }) => ({ code, message }))).toEqual([
      { code: 'ERR_INPUT', message: 'open the input: illegal operation on a directory' },
    ]);
  });

  it('reports progress while it waits, without a total for a stream', async () => {
    const fifo = join(folder, 'slow');
    execFileSync('mkfifo', [fifo]);
    const reports: Progress[] = [];
    let onReport = (_: Progress) => {};
    const running = run([fifo], { stages: [] }, { progressInterval: 5, onProgress: (report) => onReport(report) });
    const source = await open(fifo, 'w');
    await source.write('one\ntwo\n');
    await new Promise<void>((done) => {
      onReport = (report) => {
        reports.push(report);
        if (report.kept === 2) done();
      };
    });
    await source.close();
    const result = await running;
    expect(reports.at(-1)).toEqual({ bytes: 8, total: undefined, kept: 2, written: 0 });
    expect({ total: result.total, kept: result.kept }).toEqual({ total: undefined, kept: 2 });
  });

  it('knows the total when all inputs are files', async () => {
    expect((await run([fileOf('1234\n'), fileOf('1\n')], { stages: [] })).total).toBe(7);
  });
});

describe('run refuses to start', () => {
  it.each<[string, Pipeline, string]>([
    ['limit', { limit: 0 }, '1 to 9007199254740991 is needed, not 0'],
    ['limit', { limit: 1.5 }, '1 to 9007199254740991 is needed, not 1.5'],
    ['workers', { workers: -1 }, '1 to 1024 is needed, not -1'],
    ['blockSize', { blockSize: 2 ** 31 }, '1 to 1073741824 is needed, not 2147483648'],
    ['maxLine', { maxLine: Number.NaN }, '1 to 1073741824 is needed, not NaN'],
    ['print.before', { print: { before: 1e12 } }, '0 to 2147483647 is needed, not 1000000000000'],
    ['print.after', { print: { after: -1 } }, '0 to 2147483647 is needed, not -1'],
  ])('with a %s out of its range: %j', async (name, pipeline, wanted) => {
    expect(await rejected(run([], pipeline))).toMatchObject({
      code: 'ERR_USAGE',
      message: `run: pipeline.${name}: a whole number from ${wanted}`,
    });
  });

  it('with a plugin that is closed', async () => {
    const plugin = contains('a');
    plugin.close();
    expect(await rejected(run([], { stages: [{ filter: plugin }] }))).toMatchObject({
      code: 'ERR_PLUGIN_CLOSED',
      message: 'plugin contains: run: it is closed',
    });
  });

  it('with a plugin in a place that it is not made for', async () => {
    using greet = loadPlugin(builtIn('greet'));
    using jsonl = loadPlugin(builtIn('jsonl'));
    using filter = contains('a');
    expect((await rejected(run([], { stages: [{ filter: greet }] }))).message).toBe('plugin greet: it is no filter');
    expect(await rejected(run([], { stages: [{ filter: jsonl }] }))).toEqual({
      code: 'ERR_CAPABILITY',
      message: 'plugin jsonl: it is no filter',
      hint: 'it is: exporter',
    });
    expect((await rejected(run([], { stages: [], exporter: filter }))).message).toBe(
      'plugin contains: it is no exporter',
    );
  });

  it('while nobody reads the pipe that it writes to', async () => {
    const pipe = join(folder, 'unread');
    execFileSync('mkfifo', [pipe]);
    const large = fileOf('a line\n'.repeat(100_000));
    const fd = openSync(pipe, 'r+');
    for (const output of [{ fd, name: pipe }, pipe]) {
      const abort = new AbortController();
      let seen = 0;
      const onProgress = () => {
        // By then the pipe has been full for some time.
        if (++seen === 3) abort.abort();
      };
      const error = await failureOf(
        run([large], { output }, { signal: abort.signal, onProgress, progressInterval: 20 }),
      );
      expect(error).toBeInstanceOf(CancelledError);
    }
    closeSync(fd);
  });

  it('while nobody opens the pipe that it writes to', async () => {
    const pipe = join(folder, 'unopened');
    execFileSync('mkfifo', [pipe]);
    const error = await failureOf(run([fileOf('a\n')], { output: pipe }, { signal: AbortSignal.timeout(50) }));
    expect(error).toBeInstanceOf(CancelledError);
  });

  it('with a signal that is aborted already, and keeps its reason', async () => {
    const reason = new Error('changed my mind');
    const error = await failureOf(run([fileOf('a\n')], { stages: [] }, { signal: AbortSignal.abort(reason) }));
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).cause).toBe(reason);
  });

  it.skipIf(noCompiler)(`and holds on to no plugin${noCompiler ?? ''}`, async () => {
    // The one instance of a data object can be loaded again only when the first use of it is over.
    const library = compile(
      folder,
      'single',
      pluginSource({
        shared: true,
        head: `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
          return data && len > 0;
        }
        static const plug_filter filter = {.size = sizeof filter, .match = match};`,
        extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;',
      }),
    );
    const [single, closed] = [loadPlugin(library), contains('a')];
    closed.close();
    await rejected(run([], { stages: [{ filter: single }, { filter: closed }] }));
    single.close();
    using again = loadPlugin(library);
    expect((await run([fileOf('a\n\n')], { stages: [{ filter: again }] })).kept).toBe(1);
  });
});

describe('a run that fails', () => {
  it('tells by its error what was done before', async () => {
    const path = join(folder, 'partial');
    const fd = openSync(path, 'w');
    const input = fileOf(`${'ok\n'.repeat(500)}${'x'.repeat(2000)}\n`);
    const pipeline = { stages: [], output: { fd, name: path }, workers: 1, blockSize: 100, maxLine: 1000 };
    const error = await failureOf(run([join(folder, 'missing'), input], pipeline));
    closeSync(fd);
    expect(error).toBeInstanceOf(LineTooLongError);
    const result = resultAtFailure.get(error as Error);
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^(ok\n)+$/);
    expect({ kept: result?.kept, written: result?.written }).toEqual({ kept: text.length / 3, written: text.length });
    // Input is counted by blocks, and the last line of a block may end in the next.
    expect(Math.abs((result?.bytes ?? 0) - text.length)).toBeLessThanOrEqual(3);
    expect(result?.failures.map(({ code }) => code)).toEqual(['ERR_INPUT']);
  });

  it.runIf(existsSync('/dev/full'))('by its output says why, in the words and by the name of the system', async () => {
    const fd = openSync('/dev/full', 'w');
    const error = await failureOf(run([fileOf('a\n')], { stages: [], output: { fd, name: 'the report' } }));
    closeSync(fd);
    expect(error).toBeInstanceOf(OutputError);
    expect((error as OutputError).errno).toBe('ENOSPC');
    expect((error as Error).message).toBe('write the report: no space left on device');
  });

  it('by a descriptor that is not open says so', async () => {
    const fd = openSync(folder, 'r');
    closeSync(fd);
    const error = await failureOf(run([fileOf('a\n')], { stages: [], output: { fd, name: 'gone' } }));
    expect((error as OutputError).errno).toBe('EBADF');
  });
});
