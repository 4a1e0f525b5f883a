import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { reportCrashes } from '../../boundary/report-crashes.js';
import { CapabilityError, InputError, reasonOf, UsageError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { pluginFile } from '../../loader/discover.js';
import { onPluginLog } from '../../loader/plugin/log.js';
import { BUILT_IN, findPlugin } from '../../loader/plugin/plugin-path.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { jsonText } from '../../text/printable.js';
import { callsOf, type Log, measure } from '../bench/measure.js';
import { pageOf } from '../bench/page.js';
import { type Report, reportOf } from '../bench/report.js';
import { openSampleLog } from '../bench/sample-log.js';
import { textOf } from '../bench/text.js';
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags, wholeNumber } from '../flags/flags.js';
import { TRUST_FLAGS, type Trust, takeTrust } from '../flags/trust-flags.js';
import { loadNamed, type NamedPlugin, PARAMETER_FLAGS, takeParameter } from '../named-plugin.js';
import { writeOutput } from '../terminal/output.js';
import { print, type Terminal, wantsProgress } from '../terminal/terminal.js';
import type { When } from '../terminal/when.js';

export const FLAGS: Flag[] = [
  ...PARAMETER_FLAGS,
  { name: 'runs', value: 'N', help: 'timed runs of each call (11 by default)' },
  { name: 'workers', short: 'j', value: 'N', help: 'threads (1 by default)' },
  { name: 'json', help: 'print the report as a JSON object, with the time of every run' },
  { name: 'html', value: 'FILE', help: 'write the report as a page with charts, too' },
  { name: 'plugin-dir', value: 'DIR', help: 'look for plugins here first' },
  ...TRUST_FLAGS,
  ...COMMON_FLAGS,
];

const HELP = `Usage: host bench PLUGIN [-p KEY=VALUE]... [FILE] [OPTION...]

Measures what each call of a plugin costs: a filter by scan, batch and line, a
transform by batch and line, an exporter by write. Beside it stand a plugin that
does nothing, and how fast this machine reads the file. FILE is a log that fits
into memory; without one, a web server's log of 64 MiB is made, always the same.

${describeFlags(FLAGS)}

Example: host bench contains -p text=Googlebot access.log --html bench.html

Exit status: 0 measured, 2 any error.
`;

/** What the command line asks for, before anything is opened. */
export interface BenchRequest {
  plugin: NamedPlugin;
  file: string | undefined;
  folders: string[];
  trust: Trust;
  runs: number;
  workers: number;
  json: boolean;
  html: string | undefined;
  help: boolean;
  color: When;
  verbose: boolean;
}

/** @throws UsageError */
export function readBenchRequest(args: string[]): BenchRequest {
  let plugin: NamedPlugin | undefined;
  const request: Omit<BenchRequest, 'plugin'> = {
    file: undefined,
    folders: [],
    trust: {},
    runs: 11,
    workers: 1,
    json: false,
    html: undefined,
    help: false,
    color: 'auto',
    verbose: false,
  };
  for (const argument of parseFlags('bench', FLAGS, args)) {
    const { value = '' } = argument;
    if (argument.kind === 'operand') {
      if (!plugin) plugin = { name: value, parameters: [] };
      else if (request.file === undefined) request.file = value;
      else throw new UsageError(`bench: ${value}: one plugin and one file are measured`);
      continue;
    }
    const { name } = argument;
    if (takeParameter('bench', plugin, name, value) || takeTrust(request.trust, name, value)) continue;
    if (name === 'runs') request.runs = wholeNumber('bench', '--runs', value, 1, 1000);
    else if (name === 'workers') request.workers = wholeNumber('bench', '-j', value, 1, 1024);
    else if (name === 'html') request.html = value;
    else if (name === 'plugin-dir') request.folders.push(value);
    else if (name === 'color') request.color = value as When;
    else if (name === 'json' || name === 'help' || name === 'verbose') request[name] = true;
  }
  if (!plugin && !request.help) throw new UsageError('bench: no PLUGIN is given', { hint: 'see: host bench --help' });
  return { ...request, plugin: plugin ?? { name: '', parameters: [] } };
}

/** `host bench`; gives the exit status. */
export async function bench(args: string[], terminal: Terminal): Promise<number> {
  const request = readBenchRequest(args);
  terminal.configure(request);
  if (request.help) {
    print(HELP);
    return 0;
  }
  reportCrashes();
  onPluginLog(({ label, level, message }) => terminal.warn(`${label}: ${level}: ${message}`));
  const report = await measured(request, terminal);
  // The page comes first, so that it is there when the reader of the table has left; without it there is still the table.
  const { html, file } = request;
  if (html !== undefined) terminal.attempt(() => writeOutput(html, pageOf(report), file === undefined ? [] : [file]));
  print(request.json ? `${jsonText(report)}\n` : textOf(report));
  return terminal.hasFailed ? 2 : 0;
}

async function measured(request: BenchRequest, terminal: Terminal): Promise<Report> {
  const { runs, file, folders, trust } = request;
  const parameters = request.plugin.parameters.flatMap((one) =>
    'file' in one ? [`--params-file ${one.file}`] : 'key' in one ? [`-p ${one.key}=${one.text}`] : [],
  );
  using plugin = loadNamed(request.plugin, findPlugin(request.plugin.name, folders), trust);
  const calls = callsOf(plugin);
  if (calls.length === 0) throw new CapabilityError(plugin.label, 'filter, transform or exporter', plugin.capabilities);
  // Whoever measures a copy of the no-op wants to compare it.
  const own = join(BUILT_IN, pluginFile('noop'));
  using noop = loadNamed({ name: 'noop', parameters: [] }, own, { ...trust, allowDuplicate: true });
  const ordered = plugin.filter?.ordered || plugin.transform?.ordered;
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
    return reportOf(times, { plugin, noop, parameters, file, bytes: log.bytes, workers, runs });
  } finally {
    terminal.clearProgress();
    closeSync(log.fd);
  }
}

function openLog(file: string | undefined): Log {
  if (file === undefined) {
    const fd = openSampleLog();
    return { fd, name: 'the log that was made', bytes: fstatSync(fd).size };
  }
  // Opening a pipe would wait for somebody who writes to it.
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
