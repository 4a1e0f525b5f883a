import { count, size } from '../terminal/terminal.js';
import type { CallReport, Report } from './report.js';

/** Formats a figure with one decimal. */
export const figure = (value: number): string => value.toFixed(1).replace(/^-0\.0$/, '0.0');

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Returns the name of a call. */
export const callName = ({ kind, shape }: Pick<CallReport, 'kind' | 'shape'>): string => `${kind} by ${shape}`;

/** Returns the name of what was measured. */
export function titleOf({ plugin: { label, version } }: Report): string {
  return version === null ? label : `${label} ${version}`;
}

/** Returns what was measured, with which settings, and on which machine. */
export function setupOf({ plugin, calls, log, workers, runs, machine, version }: Report): string[] {
  const { file, bytes, lines } = log;
  const done = new Set(calls.filter(({ of }) => of === 'plugin').flatMap(resultOf));
  return [
    ...plugin.parameters,
    `${file ?? 'a log made for this'}: ${size(bytes)}, ${count(lines)} ${lines === 1 ? 'line' : 'lines'} of ${(bytes / lines).toFixed(0)} bytes`,
    ...done,
    `${plugin.place === 'in-process' ? '' : `${plugin.place}, `}${workers} ${workers === 1 ? 'worker' : 'workers'}, ${runs} ${runs === 1 ? 'run' : 'runs'} of each call, in turns`,
    `${machine.processor}, ${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}, ${machine.system}, Node ${machine.node}, plughost ${version}`,
  ];
}

/** Returns how many lines were kept or changed. Times depend on it. */
function resultOf({ kind, linesKept, linesChanged }: CallReport): string[] {
  if (kind === 'exporter') return [];
  return [kind === 'transform' ? `${count(linesChanged)} of them changed` : `${count(linesKept)} of them kept`];
}

/** Explains the columns. */
export const LEGEND: readonly [term: string, meaning: string][] = [
  ['read limit', 'positional reads of the file into aligned blocks, each byte looked at, a thread for each worker'],
  ['no-op', 'a plugin that does nothing by every call: the part of the engine itself'],
  ['GB/s, ns a line', 'of whole runs, at the median; least: of the fastest; spread: of the middle half of them'],
  ['in stage', 'ns a line inside the stage, with splitting where lines are split; of all workers together'],
  [
    'beyond splitting',
    'that, less the no-op by batch (of an exporter: by write), round by round: median, and where it lies in 19 of 20 cases',
  ],
];

export const HEADINGS = ['', '', 'GB/s', 'of limit', 'ns a line', 'least', 'spread', 'in stage', 'beyond splitting'];

/** Returns a row for the read limit and one for each call, under HEADINGS. The first row of a plugin names it. */
export function rowsOf({ readCeiling, calls }: Report): string[][] {
  const speed = ({ gigabytesPerSecond, nsPerLine }: Report['readCeiling']) => [
    gigabytesPerSecond.toFixed(2),
    percent(gigabytesPerSecond / readCeiling.gigabytesPerSecond),
    figure(nsPerLine.median),
    figure(nsPerLine.least),
    percent(nsPerLine.spread),
  ];
  const rows = calls.map((call, i) => {
    const { stage, beyondSplitting: beyond } = call;
    return [
      call.of === calls[i - 1]?.of ? '' : call.of === 'no-op' ? 'no-op' : call.label,
      callName(call),
      ...speed(call),
      figure(stage.nsPerLine.median),
      beyond ? `${figure(beyond.median)} (${figure(beyond.low)} to ${figure(beyond.high)})` : '0',
    ];
  });
  return [['read limit', '', ...speed(readCeiling), '', ''], ...rows];
}
