import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors/index.js';
import {
  discover,
  findNeeded,
  formatLock,
  inspect,
  lines,
  loadPlugin,
  loadPlugins,
  onPluginLog,
  open,
  PipelineStream,
  readLock,
  run,
  webStream,
} from '../../src/index.js';
import { BUILT_IN } from '../../src/loader/plugin/plugin-path.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const folder = makeScratch();
const filter = loadPlugin('contains', { config: { text: 'a' } });
const never = (value: unknown) => value as never;

/** Returns the argument, message and hint of the UsageError of a call. */
async function refusal(call: () => unknown): Promise<{ argument: string | undefined; reason: string; hint: unknown }> {
  const error: unknown = await (async () => call())().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error(`a UsageError was expected, not ${error}`, { cause: error });
  return { argument: error.argument, reason: error.message, hint: error.hint };
}

const INPUTS = 'run: inputs: a list of inputs is needed, not';
const STAGE = 'a stage ({ filter }, { transform } or { any: [{ filter }] }) is needed, not';
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

describe('an argument that is not what is wanted is named, with what was wanted and what came', () => {
  test.each<[string, () => unknown, string, string | undefined]>([
    ['inputs', () => run(never('a.log'), {}), `${INPUTS} "a.log"`, 'write: ["a.log"]'],
    ['inputs', () => run(never(undefined)), `${INPUTS} undefined`, undefined],
    ['inputs', () => run(never(new Set(['a']))), `${INPUTS} a Set`, undefined],
    [
      'inputs[1]',
      () => run(never(['a', 5])),
      'run: inputs[1]: an input (a path, a file: URL, { fd, name } or { name, begin, end }) is needed, not 5',
      undefined,
    ],
    ['inputs[0]', () => run(['a\0b']), 'run: inputs[0]: the path has a NUL in it, which no file name has', undefined],
    [
      'inputs[0]',
      () => run(['\ud800']),
      'run: inputs[0]: the path has half of a surrogate pair in it, which no file name has',
      undefined,
    ],
    [
      'inputs[0]',
      () => run([new URL('https://example.org/a')]),
      'run: inputs[0]: a URL of a file is needed: The URL must be of scheme file',
      'such as: file:///var/log/a.log',
    ],
    [
      'inputs[0].fd',
      () => run([{ fd: -1 }]),
      'run: inputs[0].fd: a whole number from 0 to 2147483647 is needed, not -1',
      undefined,
    ],
    [
      'pipeline.stages[0]',
      () => run([], { stages: [never(filter)] }),
      `run: pipeline.stages[0]: ${STAGE} a Plugin`,
      'write: { filter: plugin }',
    ],
    [
      'pipeline.stages[0].filter',
      () => run([], { stages: [{ filter: never('contains') }] }),
      'run: pipeline.stages[0].filter: a plugin that loadPlugin gave is needed, not "contains"',
      'load it first, by loadPlugin',
    ],
    [
      'pipeline.stages[0].filter',
      () => run([], { stages: [{ transform: filter, filter } as never] }),
      'run: pipeline.stages[0].filter: there is no such option',
      'there are: transform, shape',
    ],
    [
      'pipeline.stages[0].filters[0]',
      () => run([], { stages: [{ parser: filter, filters: [filter as never] }] }),
      'run: pipeline.stages[0].filters[0]: a filter of rows ({ row_filter }) is needed, not a Plugin',
      'write: { row_filter: plugin }',
    ],
    [
      'pipeline.stages[0].any',
      () => run([], { stages: [{ any: [] }] }),
      'run: pipeline.stages[0].any: at least one filter is needed',
      undefined,
    ],
    [
      'pipeline.longlines',
      () => run([], never({ longlines: 'skip' })),
      'run: pipeline.longlines: there is no such option',
      'did you mean longLines?',
    ],
    [
      'pipeline.longLines',
      () => run([], { longLines: never('cut') }),
      'run: pipeline.longLines: one of "fail", "skip", "split" is needed, not "cut"',
      undefined,
    ],
    [
      'pipeline.limit',
      () => run([], { limit: Number.POSITIVE_INFINITY }),
      'run: pipeline.limit: a whole number from 1 to 9007199254740991 is needed, not Infinity',
      undefined,
    ],
    [
      'pipeline.limit',
      () => run([], { limit: never(5n) }),
      'run: pipeline.limit: a whole number from 1 to 9007199254740991 is needed, not 5n',
      undefined,
    ],
    [
      'pipeline.crlf',
      () => run([], { crlf: never('no') }),
      'run: pipeline.crlf: true or false is needed, not "no"',
      undefined,
    ],
    [
      'pipeline.output',
      () => run([], { output: never(1) }),
      'run: pipeline.output: an output (a path, a file: URL, a Writable of node:stream, or { fd, name }) is needed, not 1',
      'write: { fd: 1 }',
    ],
    [
      'pipeline',
      () => run([], never(new Map())),
      'run: pipeline: a pipeline ({ stages, output, … }) is needed, not a Map',
      undefined,
    ],
    [
      'pipeline',
      () => run([], never(revoked)),
      expect.stringMatching(/^run: pipeline: it cannot be read: /),
      undefined,
    ],
    [
      'pipeline',
      () =>
        run([], {
          get limit(): number {
            throw new Error('not today');
          },
        }),
      'run: pipeline: it cannot be read: not today',
      undefined,
    ],
    [
      'options.signal',
      () => run([], {}, { signal: never(new AbortController()) }),
      'run: options.signal: an AbortSignal is needed, not an AbortController',
      'write: controller.signal',
    ],
    [
      'options.signal',
      () => run([], {}, { signal: never({ aborted: false, addEventListener() {} }) }),
      'run: options.signal: an AbortSignal is needed, not an object',
      undefined,
    ],
    [
      'options.signal',
      () => run([], {}, { signal: Object.create(AbortSignal.prototype) }),
      'run: options.signal: an AbortSignal is needed, not what was only made to look like one',
      undefined,
    ],
    [
      'options.progressInterval',
      () => run([], {}, { progressInterval: 2 ** 32 }),
      'run: options.progressInterval: a number of milliseconds from 1 to 86400000 is needed, not 4294967296',
      undefined,
    ],
    [
      'pipeline.output',
      () => lines([], never({ output: { fd: 1 } })),
      'lines: pipeline.output: there is no such option',
      'there are: stages, limit, inputLimit, workers, blockSize, crlf, maxLine, longLines',
    ],
    [
      'pipeline.output',
      () => new PipelineStream(never({ output: 'a' })),
      'PipelineStream: pipeline.output: there is no such option',
      expect.any(String),
    ],
    ['chunk', () => new PipelineStream().write(5), 'write: bytes or text are needed, not 5', undefined],
    ['options', () => webStream({}, never(5)), 'webStream: options: an object of options is needed, not 5', undefined],
    [
      'path',
      () => open(never(Buffer.from('a'))),
      'open: path: a path (text, or a file: URL) is needed, not a Buffer',
      undefined,
    ],
    [
      'source',
      () => loadPlugin(never(5)),
      'loadPlugin: source: the name of a plugin, a path, a file: URL, or a library that open gave, is needed, not 5',
      undefined,
    ],
    [
      'options.isolate.mostFaults',
      () => loadPlugin('contains', { isolate: never({ mostFaults: 1 }) }),
      'loadPlugin: options.isolate.mostFaults: there is no such option',
      'did you mean maxFaults?',
    ],
    [
      'options.isolate.maxFaults',
      () => loadPlugin('contains', { isolate: { maxFaults: 2 ** 32 } }),
      'loadPlugin: options.isolate.maxFaults: a whole number from 0 to 1000000 is needed, not 4294967296',
      undefined,
    ],
    [
      'options.isolate.env',
      () => loadPlugin('contains', { isolate: { env: ['A'] } }),
      'loadPlugin: options.isolate.env: only a program (grpc:) gets variables',
      undefined,
    ],
    [
      'options.isolate.env[0]',
      () => loadPlugin('grpc:./x', { isolate: { env: ['A=1'] } }),
      'loadPlugin: options.isolate.env[0]: the name of a variable is needed, not "A=1"',
      undefined,
    ],
    [
      'options.isolate.callTimeout',
      () => loadPlugin('contains', { isolate: { callTimeout: Number.POSITIVE_INFINITY } }),
      'loadPlugin: options.isolate.callTimeout: a number of milliseconds from 0 to 86400000 is needed, not Infinity',
      '0 is no limit',
    ],
    [
      'options.isolate.grant.read',
      () => loadPlugin('contains', { isolate: { sandbox: true, grant: { read: never('/tmp') } } }),
      'loadPlugin: options.isolate.grant.read: a list of paths is needed, not "/tmp"',
      'write: ["/tmp"]',
    ],
    [
      'options.isolate.grant',
      () => loadPlugin('contains', { isolate: { grant: { threads: true } } }),
      'loadPlugin: options.isolate.grant: it says nothing without a sandbox',
      'write: { sandbox: true, grant: … }',
    ],
    [
      'options.needs[0]',
      () => loadPlugin('contains', { needs: [never('filters')] }),
      'loadPlugin: options.needs[0]: one of "filter", "transform", "exporter", "parser", "row_filter", "aggregator" is needed, not "filters"',
      undefined,
    ],
    [
      'options.allowWritable',
      () => loadPlugin(open(join(BUILT_IN, 'libgreet.so')), { allowWritable: true }),
      `loadPlugin: options.allowWritable: ${BUILT_IN}/libgreet.so is open already`,
      'give it to open',
    ],
    [
      'options.lock.plugins[0].sha256',
      () =>
        open('a.so', {
          lock: { path: 'l', plugins: [{ id: '', version: '', file: '', sha256: 'x', extensions: [] }] },
        }),
      'open: options.lock.plugins[0].sha256: a SHA-256 of 64 hexadecimal digits is needed, not "x"',
      undefined,
    ],
    [
      'directory',
      () => loadPlugins(never(null)),
      expect.stringMatching(/^loadPlugins: directory: a path .* not null$/),
      undefined,
    ],
    ['folders', () => discover(never(5)), 'discover: folders: a list of folders is needed, not 5', undefined],
    [
      'path',
      () => inspect(never({})),
      'inspect: path: a path (text, or a file: URL) is needed, not an object',
      undefined,
    ],
    [
      'inspection.format',
      () => findNeeded('a', never({})),
      'findNeeded: inspection.format: one of "ELF", "Mach-O", "PE", "WebAssembly" is needed, not undefined',
      undefined,
    ],
    [
      'path',
      () => readLock(never([])),
      'readLock: path: a path (text, or a file: URL) is needed, not an array',
      undefined,
    ],
    [
      'plugins',
      () => formatLock(never('a')),
      expect.stringMatching(/^formatLock: plugins: a list /),
      expect.any(String),
    ],
    ['listen', () => onPluginLog(never('a')), 'onPluginLog: listen: a function is needed, not "a"', undefined],
    ['line', () => filter.filter?.test(never(5)), 'test: line: text or bytes are needed, not 5', undefined],
    [
      'line',
      () => filter.filter?.test('a\nb'),
      'test: line: there is a newline in it; ask for one line, without its newline',
      undefined,
    ],
    [
      'options.timeout',
      () => filter.run({ timeout: never('5') }),
      'run contains: options.timeout: a number of milliseconds from 0 to 86400000 is needed, not "5"',
      undefined,
    ],
    [
      'options.timeOut',
      () => filter.runAsync(never({ timeOut: 5 })),
      'run contains: options.timeOut: there is no such option',
      'did you mean timeout?',
    ],
    ['name', () => filter.library?.lookup(never(5)), 'lookup: name: text is needed, not 5', undefined],
    [
      'kind',
      () => filter.library?.lookup('NewPlugin', never('code')),
      'lookup: kind: one of "function", "data" is needed, not "code"',
      undefined,
    ],
    [
      'parameters',
      () => filter.library?.lookup('NewPlugin', 'function').declare('void *', never('int')),
      'declare NewPlugin: parameters: a list of C types is needed, not "int"',
      'write: ["int"]',
    ],
  ])('%s', async (argument, call, reason, hint) => {
    expect(await refusal(call)).toEqual({ argument, reason, hint });
  });
});

describe('a path', () => {
  test('may be a URL of a file wherever one is wanted', async () => {
    const library = pathToFileURL(join(BUILT_IN, 'libcontains.so'));
    expect(open(library).path).toBe(join(BUILT_IN, 'libcontains.so'));
    expect(inspect(library).format).toBe('ELF');
    expect(loadPlugin(library, { config: { text: 'a' } }).label).toBe('contains');
    const names = discover(pathToFileURL(BUILT_IN)).map(({ name }) => name);
    expect(names).toContain('contains');
    expect(discover(BUILT_IN).map(({ name }) => name)).toEqual(names);
    expect(discover([BUILT_IN]).map(({ name }) => name)).toEqual(names);
  });

  test('of a folder that is not there is an error', () => {
    const nowhere = join(folder, 'nowhere');
    expect(thrown(() => discover(nowhere))).toEqual({
      code: 'ERR_INPUT',
      message: `read the directory ${nowhere}: no such file or directory`,
      hint: undefined,
    });
  });
});

describe('a plugin', () => {
  test('is found by its name, as the command finds it', () => {
    expect(loadPlugin('greet').path).toBe(join(BUILT_IN, 'libgreet.so'));
    expect(loadPlugin('greet', { isolate: true }).path).toBe(join(BUILT_IN, 'libgreet.so'));
    expect(thrown(() => loadPlugin('contians'))).toEqual({
      code: 'ERR_PLUGIN_NOT_FOUND',
      message: `find plugin contians: there is none in ${BUILT_IN}`,
      hint: 'did you mean contains?',
    });
  });

  test('knows the library that it came of, unless that is open in another process', () => {
    const { library } = loadPlugin('greet');
    expect(library).toBe(open(join(BUILT_IN, 'libgreet.so')));
    expect(library?.lookup('NewPlugin').kind).toBe('function');
    expect(loadPlugin('greet', { isolate: true }).library).toBe(undefined);
  });
});
