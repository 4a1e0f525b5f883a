import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { STAGE_KINDS } from '../../contract/kinds.js';
import { CapabilityError, InputError, reasonOf, UsageError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { describedFormOf } from '../../loader/forms/described.js';
import { libraryFile } from '../../loader/library/library-suffix.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { BUILT_IN, findPlugin } from '../../loader/plugin/plugin-path.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { jsonText } from '../../text/printable.js';
import { callsOf, type Log, measure } from '../bench/measure.js';
import { pageOf } from '../bench/page.js';
import { type Report, reportOf } from '../bench/report.js';
import { openSampleLog } from '../bench/sample-log.js';
import { textOf } from '../bench/text.js';
import { type Command, PLUGIN_OPERAND } from '../command.js';
import { type Flag, setsTrue, setsValue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { isIsolated, isolateOptionsOf, PLACE_FLAGS, type PlaceRequest } from '../flags/isolation.js';
import type { Argument } from '../flags/parse-flags.js';
import type { NamedPlugin } from '../flags/plan.js';
import { LOADING_FLAGS, type LoadingRequest, type ParametersRequest } from '../flags/plugins.js';
import { text, wholeNumber } from '../flags/values.js';
import { loadNamed } from '../named-plugin.js';
import { writeOutput } from '../terminal/output.js';
import { reportOnPlugins } from '../terminal/plugin-reports.js';
import { print, type Terminal, wantsProgress } from '../terminal/terminal.js';

/** What the command line asks for, before anything is opened. */
export interface BenchRequest extends LoadingRequest, PlaceRequest {
  plugin: NamedPlugin;
  file: string | undefined;
  runs: number;
  workers: number;
  json: boolean;
  html: string | undefined;
}

type BenchFlags = Omit<BenchRequest, 'plugin' | 'file'> & ParametersRequest;

const FLAGS: readonly Flag<BenchFlags>[] = [
  ...LOADING_FLAGS,
  ...PLACE_FLAGS,
  {
    name: 'json',
    group: 'output',
    help: 'Print the report as a JSON object',
    details: 'It also holds the time of every run.',
    ...setsTrue('json'),
  },
  {
    name: 'html',
    value: 'FILE',
    group: 'output',
    help: 'Also write the report as a page with charts',
    ...setsValue('html', text),
  },
  {
    name: 'runs',
    value: 'N',
    group: 'other',
    help: 'Time N runs of each call (default: 11)',
    ...setsValue('runs', wholeNumber(1, 1000), 11),
  },
  {
    name: 'workers',
    short: 'j',
    value: 'N',
    group: 'other',
    help: 'Use N threads (default: 1)',
    ...setsValue('workers', wholeNumber(1, 1024), 1),
  },
];

export const bench: Command = {
  usage: 'plughost bench PLUGIN [-p KEY=VALUE]... [FILE] [FLAG...]',
  about:
    'Measures what each call of a plugin costs: a filter by scan, batch and line, a transform by batch and line, an exporter by write.',
  details: `${PLUGIN_OPERAND}

Beside it stand a plugin that does nothing, in the same place, and how fast this machine reads the file. FILE is a log that fits into memory. Without FILE, the command makes a web server's log of 64 MiB, with the same bytes each time.`,
  flags: FLAGS,
  examples: ['plughost bench contains -p text=Googlebot access.log --html bench.html'],
  status: '0 measured, 2 any error.',
  operands: 'plugins',
  async run(given, terminal) {
    const request = readBenchRequest(given);
    terminal.configure({ json: request.json });
    reportOnPlugins(terminal);
    const report = await measured(request, terminal);
    // The page is written first, so that it exists even if the reader of the table has left. An error of the page is
    // reported, and the table is still printed.
    const { html, file } = request;
    if (html !== undefined) terminal.attempt(() => writeOutput(html, pageOf(report), file === undefined ? [] : [file]));
    print(request.json ? `${jsonText(report)}\n` : textOf(report));
    return terminal.hasFailed ? 2 : 0;
  },
};

/** @throws UsageError */
export function readBenchRequest(given: readonly Argument[]): BenchRequest {
  let plugin: NamedPlugin | undefined;
  let file: string | undefined;
  const plan = {
    get last() {
      return plugin;
    },
  };
  const flags = { plan } as BenchFlags;
  const request = readFlags('bench', FLAGS, flags, given, (value) => {
    if (!plugin) {
      plugin = { name: value, parameters: [] };
      flags.isolatesOne = describedFormOf(value) !== undefined;
    } else if (file === undefined) file = value;
    else throw new UsageError(`bench: ${value}: one plugin and one file are measured`);
  });
  if (!plugin) throw new UsageError('bench: no PLUGIN is given', { hint: 'see: plughost bench --help' });
  return { ...request, plugin, file };
}

async function measured(request: BenchRequest, terminal: Terminal): Promise<Report> {
  const { runs, file, folders, lock, allowWritable, allowHosts } = request;
  const trust = { lock, allowWritable, allowHosts };
  const parameters = request.plugin.parameters.flatMap((one) =>
    'file' in one ? [`--params-file ${one.file}`] : 'key' in one ? [`-p ${one.key}=${one.text}`] : [],
  );
  const path = findPlugin(request.plugin.name, folders);
  const isolates = isIsolated(request) || describedFormOf(path);
  // A line that the plugin does not survive ends the measurement, as other lines would be measured from then on.
  const isolate = isolates ? ({ ...isolateOptionsOf(request), onFault: 'stop' } as const) : undefined;
  using plugin = loadNamed(request.plugin, path, trust, isolate);
  const calls = callsOf(plugin);
  if (calls.length === 0) throw new CapabilityError(plugin.label, 'filter, transform or exporter', plugin.capabilities);
  // In the same place as the plugin. allowDuplicate, so that a copy of the no-op can be measured.
  const own = join(BUILT_IN, libraryFile('noop'));
  using noop = loadNamed({ name: 'noop', parameters: [] }, own, { ...trust, allowDuplicate: true }, isolate);
  const ordered = STAGE_KINDS.some((kind) => plugin[kind]?.ordered);
  if (ordered && request.workers > 1) terminal.warn(`${plugin.label} sees lines in order, so there is one worker`);
  const workers = ordered ? 1 : request.workers;
  const others = callsOf(noop).filter(({ kind }) => plugin[kind]);
  const log = openLog(file);
  try {
    const startedAt = process.uptime();
    const visible = wantsProgress('auto');
    const times = await measure(log, [...calls, ...others], {
      workers,
      runs,
      onRun(done, all) {
        if (visible) terminal.progress({ bytes: done * log.bytes, total: all * log.bytes }, startedAt);
      },
    });
    return reportOf(times, {
      plugin,
      noop,
      place: placeOf(plugin, request),
      parameters,
      file,
      bytes: log.bytes,
      workers,
      runs,
    });
  } finally {
    terminal.clearProgress();
    closeSync(log.fd);
  }
}

const placeOf = ({ isolated }: Plugin, { sandbox }: PlaceRequest): Report['plugin']['place'] =>
  isolated ? (sandbox ? 'sandboxed' : 'isolated') : 'in-process';

function openLog(file: string | undefined): Log {
  if (file === undefined) {
    const fd = openSampleLog();
    return { fd, name: 'the log that was made', bytes: fstatSync(fd).size };
  }
  // Opening a named pipe would wait for a writer.
  if (fileStatusOf(file)?.isFile() === false) {
    throw new InputError(file, 'measure with', 'it is no regular file, and must be read again and again', {
      hint: 'name a file, or none',
    });
  }
  try {
    const fd = openSync(systemPath(file), 'r');
    return { fd, name: file, bytes: fstatSync(fd).size };
  } catch (cause) {
    throw new InputError(file, 'open', reasonOf(cause), { cause });
  }
}
