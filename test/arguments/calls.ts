import { openSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type {
  AnyStage,
  CallOptions,
  FilterStage,
  GoPluginOptions,
  Grants,
  Input,
  InspectOptions,
  IsolateOptions,
  LoadOptions,
  Lock,
  LockEntry,
  OpenOptions,
  Pipeline,
  PrintOptions,
  RowExport,
  RowStage,
  RowsPipeline,
  RunOptions,
  StreamPipeline,
  TransformStage,
} from '../../src/index.js';

export type Face = typeof import('../../src/index.js');

/** A public call with valid arguments. The tests replace one argument at a time. */
export interface PublicCall {
  name: string;
  call: (...given: never[]) => unknown;
  right: readonly unknown[];
}

/** A valid value for every option of a type. An option that is missing here does not compile. */
type Every<T> = { readonly [Key in keyof T]-?: Exclude<T[Key], undefined> };

/** Returns the public calls of the given library, so that tests can use the built one. */
export function publicCalls(face: Face, folder: string): PublicCall[] {
  const input = `${folder}/input.log`;
  writeFileSync(input, 'one\ntwo\nthree\n');
  const { signal } = new AbortController();
  const filter = face.loadPlugin('contains', { config: { text: 'o' } });
  const transform = face.loadPlugin('redact');
  const exporter = face.loadPlugin('jsonl');
  const { library } = face.loadPlugin('greet');
  if (!library) throw new Error('a plugin of this process has no library');
  const { path } = library;
  const factory = library.lookup('NewPlugin', 'function');
  const manifest = library.lookup('plug_manifest', 'data');

  const lockEntry: Every<LockEntry> = { ...face.lockEntryOf(path), needed: [{ name: 'a', sha256: 'a'.repeat(64) }] };
  const { needed: _, ...entry } = lockEntry;
  const lock: Every<Lock> = { path: 'plugins.lock', plugins: [entry] };
  writeFileSync(`${folder}/plugins.lock`, face.formatLock([entry]));
  const parts = 'Field Schema Struct RecordBatch Table TimestampNanosecond Utf8 Int64 Float64 Bool makeData'.split(' ');
  const arrow = Object.fromEntries(parts.map((name) => [name, function part() {}]));
  const grant: Every<Grants> = { threads: true, read: [folder], write: [pathToFileURL(folder)] };
  const isolate: Every<IsolateOptions> = {
    sandbox: true,
    grant,
    onFault: 'stop',
    maxFaults: 1,
    callTimeout: 10_000,
    memory: 2 ** 30,
    env: [],
  };
  const openOptions: Every<OpenOptions> = { lock, allowWritable: true, allowDuplicate: true, judge() {} };
  const { judge, ...opened } = openOptions;
  const loadOptions: Every<LoadOptions> = {
    ...opened,
    config: {},
    isolate: false,
    allowHosts: ['127.0.0.1'],
    needs: [],
  };
  const callOptions: Every<CallOptions> = { signal, timeout: 1000 };
  const inspectOptions: Every<InspectOptions> = { imports: true, file: path };
  const runOptions: Every<RunOptions> = { signal, onProgress() {}, progressInterval: 1000 };
  const filterStage: Every<FilterStage> = { filter, invert: false, shape: 'auto' };
  const transformStage: Every<TransformStage> = { transform, shape: 'auto' };
  const anyStage: Every<AnyStage> = { any: [filterStage] };
  const print: Every<PrintOptions> = {
    form: 'lines',
    names: true,
    numbers: true,
    nul: true,
    color: true,
    before: 1,
    after: 1,
  };
  const streamed: Every<Omit<StreamPipeline, 'exporter' | 'rows' | 'continued' | 'print'>> = {
    stages: [filterStage, anyStage],
    timeZone: 'Europe/Berlin',
    limit: 5,
    inputLimit: 5,
    workers: 1,
    blockSize: 65_536,
    crlf: true,
    maxLine: 1024,
    longLines: 'skip',
  };
  const rows: Every<RowExport> = { parser: face.loadPlugin('access'), unparsed: 'keep', columns: ['path'] };
  const { timeZone, ...filtering } = streamed;
  const aggregating: Every<RowStage> = {
    parser: rows.parser,
    unparsed: 'drop',
    filters: [],
    aggregations: [{ aggregators: [face.loadPlugin('count')], by: ['status'], sort: ['-count'], limit: 3 }],
    groupMemory: 1 << 20,
  };
  const printing: Every<Omit<Pipeline, 'exporter' | 'rows' | 'keepPartial' | 'continued'>> = {
    ...streamed,
    print,
    output: `${folder}/output`,
    unparsedOutput: `${folder}/unparsed`,
    emitStates: false,
  };
  const exporting: Every<Omit<Pipeline, 'print'>> = {
    ...streamed,
    exporter,
    rows,
    continued: true,
    keepPartial: true,
    emitStates: false,
    output: { fd: openSync('/dev/null', 'w'), name: 'nothing' },
    unparsedOutput: { fd: openSync('/dev/null', 'w'), name: 'nothing' },
  };
  const goPluginOptions: Every<GoPluginOptions> = {
    program: '/bin/false',
    args: ['argument'],
    cookie: { key: 'COOKIE', value: 'v' },
    versions: [1],
    label: 'false',
    env: { NAME: 'value' },
    tls: false,
    plainTcp: true,
    descriptors: [0],
    startTimeout: 10_000,
    signal,
    onLog() {},
  };
  const inputs = [input, pathToFileURL(input), { fd: 0, name: 'nothing' }];
  const drain = () => new Writable({ write: (_piece, _encoding, done) => done() });

  return [
    { name: 'run', call: face.run, right: [inputs, printing, runOptions] },
    { name: 'run', call: face.run, right: [inputs, exporting, runOptions] },
    { name: 'run', call: face.run, right: [[input], { stages: [transformStage], output: drain() }, {}] },
    { name: 'lines', call: face.lines, right: [inputs, streamed, runOptions] },
    {
      name: 'rows',
      call: (...given: [Input[], RowsPipeline, RunOptions]) => face.rows(...given),
      right: [inputs, { ...filtering, rows }, runOptions],
    },
    {
      name: 'aggregate',
      call: face.aggregate,
      right: [inputs, { stages: [aggregating], timeZone, workers: 1 }, runOptions],
    },
    { name: 'toArrow', call: face.toArrow, right: [face.rows([input], { rows }), { arrow }] },
    {
      name: 'rows of a batch',
      call: async (...given: [number, string]) => {
        for await (const batch of face.rows([input], { rows }))
          void [batch.get(...given), batch.values(given[1]), batch.textBytes(...given)];
      },
      right: [0, 'path'],
    },
    {
      name: 'PipelineStream',
      call: (...given: [StreamPipeline, RunOptions]) => new face.PipelineStream(...given),
      right: [{ ...streamed, exporter }, runOptions],
    },
    { name: 'webStream', call: face.webStream, right: [{ ...streamed, print }, runOptions] },
    { name: 'open', call: face.open, right: [path, openOptions] },
    { name: 'loadPlugin', call: face.loadPlugin, right: ['greet', loadOptions] },
    { name: 'loadPlugin', call: face.loadPlugin, right: [library, { config: {}, needs: [] }] },
    { name: 'loadPlugin', call: face.loadPlugin, right: ['greet', { isolate }] },
    { name: 'loadPlugins', call: face.loadPlugins, right: [folder, loadOptions] },
    { name: 'discover', call: face.discover, right: [[folder, pathToFileURL(folder)]] },
    { name: 'inspect', call: face.inspect, right: [path, inspectOptions] },
    { name: 'findNeeded', call: face.findNeeded, right: [path, face.inspect(path)] },
    { name: 'readLock', call: face.readLock, right: [`${folder}/plugins.lock`] },
    { name: 'formatLock', call: face.formatLock, right: [[lockEntry, entry]] },
    { name: 'lockEntryOf', call: face.lockEntryOf, right: [pathToFileURL(path)] },
    { name: 'launchGoPlugin', call: face.launchGoPlugin, right: [goPluginOptions] },
    { name: 'onPluginLog', call: face.onPluginLog, right: [() => {}] },
    { name: 'reportCrashes', call: face.reportCrashes, right: [] },
    { name: 'skipExitHandlers', call: face.skipExitHandlers, right: [] },
    { name: 'stats', call: face.stats, right: [] },
    { name: 'resultAtFailure', call: (error: Error) => face.resultAtFailure.get(error), right: [new Error()] },
    { name: 'plugin.run', call: (given: CallOptions) => transform.run(given), right: [callOptions] },
    { name: 'plugin.runAsync', call: (given: CallOptions) => transform.runAsync(given), right: [callOptions] },
    { name: 'filter.test', call: (line: string) => filter.filter?.test(line), right: [Buffer.from('one')] },
    {
      name: 'library.lookup',
      call: (...given: ['NewPlugin']) => library.lookup(...given),
      right: ['NewPlugin', 'function'],
    },
    {
      name: 'function.declare',
      call: (...given: [string, []]) => factory.declare(...given),
      right: ['void *', ['int']],
    },
    {
      name: 'a declared function',
      call: factory.declare('void *', ['int', 'double', 'void *']),
      right: [1, 0.5, null],
    },
    { name: 'data.view', call: (type: string) => manifest.view(type).value, right: ['char [16]'] },
    {
      name: 'view.value',
      call: (value: unknown) => {
        manifest.view('char [16]').value = value;
      },
      right: ['text'],
    },
    {
      name: 'batch.line and batch.text',
      call: async (index: number) => {
        for await (const batch of face.lines([input])) void [batch.line(index), batch.text(index)];
      },
      right: [0],
    },
    {
      name: 'stream.write',
      call: (...given: [string, 'utf8']) => {
        const stream = new face.PipelineStream();
        stream.write(...given);
        return stream;
      },
      right: ['text', 'utf8'],
    },
    {
      name: 'stream.end',
      call: (...given: [string, 'utf8']) => new face.PipelineStream().end(...given),
      right: ['text', 'utf8'],
    },
    {
      name: 'webStream.writable',
      call: async (piece: Uint8Array) => {
        const { writable, readable } = face.webStream();
        const writer = writable.getWriter();
        writer.closed.catch(() => {});
        try {
          await writer.write(piece);
        } finally {
          await readable.cancel().catch(() => {});
        }
      },
      right: [new Uint8Array(2)],
    },
  ];
}
