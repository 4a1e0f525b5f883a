import { cpus, release, type } from 'node:os';
import type { Capability, Plugin } from '../../loader/plugin/plugin.js';
import { version } from '../version.js';
import type { Call, CallTimes, Times } from './measure.js';
import { intervalOfMedian, median, spread } from './statistics.js';

/** What `plughost bench` has measured. `--json` prints it. */
export interface Report {
  /** The version of plughost. */
  version: string;
  /** The time of the measurement, in ISO 8601. */
  at: string;
  machine: { processor: string; cores: number; system: string; node: string };
  /** `file` is null for the log that the command made. */
  log: { file: string | null; bytes: number; lines: number };
  /** `parameters` as they were given: `-p key=value`. */
  plugin: {
    label: string;
    version: string | null;
    path: string;
    form: Plugin['form'];
    /** Where it ran. */
    place: 'in-process' | 'isolated' | 'sandboxed';
    parameters: string[];
  };
  workers: number;
  /** Measured runs of each call, without the one that warms up. */
  runs: number;
  readCeiling: RunTimes;
  calls: CallReport[];
  /** Reasons to doubt the figures. */
  remarks: string[];
}

/** Times of whole runs: reading, engine and plugin. */
export interface RunTimes {
  /** At the median. */
  gigabytesPerSecond: number;
  nsPerLine: Summary;
  /** Milliseconds of each run. */
  ms: number[];
}

export interface Summary {
  median: number;
  least: number;
  /** The interquartile range as a share of the median. */
  spread: number;
}

export interface CallReport extends RunTimes {
  /** The measured plugin, or the no-op that it is compared with. */
  of: 'plugin' | 'no-op';
  label: string;
  kind: Capability;
  shape: Call['shape'];
  /** Lines after the stage. */
  linesKept: number;
  linesChanged: number;
  /** Inside the stage, summed over all workers: splitting into lines (if the call needs it), calls, and answers. */
  stage: { nsPerLine: Summary; ms: number[] };
  /**
   * Nanoseconds a line inside the stage, minus those of the no-op by batch, which are little more than splitting. The
   * median over the rounds, with its 95 % confidence interval. Null for the call of the no-op itself.
   */
  beyondSplitting: { median: number; low: number; high: number } | null;
}

export interface Measurement {
  plugin: Plugin;
  noop: Plugin;
  place: Report['plugin']['place'];
  parameters: string[];
  file: string | undefined;
  bytes: number;
  workers: number;
  runs: number;
}

/** The call of the no-op whose cost is splitting the input into lines. */
const SPLITTING: Partial<Record<Capability, Call['shape']>> = {
  filter: 'batch',
  transform: 'batch',
  exporter: 'write',
};

/** Computes the report from the times. */
export function reportOf(times: Times, measurement: Measurement): Report {
  const { plugin, noop, place, parameters, file, bytes, workers, runs } = measurement;
  const { lines } = times;
  const processors = cpus();
  const isSplitting = (call: Call) => call.plugin === noop && call.shape === SPLITTING[call.kind];

  const perLine = (ms: number) => (ms * 1e6) / lines;
  const summary = (ms: readonly number[]): Summary => ({
    median: perLine(median(ms)),
    least: perLine(Math.min(...ms)),
    spread: spread(ms),
  });
  const runTimes = (ms: number[]): RunTimes => ({
    gigabytesPerSecond: bytes / median(ms) / 1e6,
    nsPerLine: summary(ms),
    ms,
  });
  const beyondSplitting = (call: CallTimes): CallReport['beyondSplitting'] => {
    const splitting = times.calls.find((other) => other.kind === call.kind && isSplitting(other));
    if (!splitting || splitting === call) return null;
    const more = call.stageMs.map((ms, round) => perLine(ms - (splitting.stageMs[round] ?? Number.NaN)));
    const [low, high] = intervalOfMedian(more);
    return { median: median(more), low, high };
  };

  const report: Report = {
    version: version(),
    at: new Date().toISOString(),
    machine: {
      processor: processors[0]?.model.trim() || process.arch,
      cores: processors.length,
      system: `${type()} ${release()} ${process.arch}`,
      node: process.versions.node,
    },
    log: { file: file ?? null, bytes, lines },
    plugin: {
      label: plugin.label,
      version: plugin.manifest?.version ?? null,
      path: plugin.path,
      form: plugin.form,
      place,
      parameters,
    },
    workers,
    runs,
    readCeiling: runTimes(times.limitMs),
    calls: times.calls.map((call) => ({
      of: call.plugin === noop ? 'no-op' : 'plugin',
      label: call.plugin.label,
      kind: call.kind,
      shape: call.shape,
      linesKept: call.kept,
      linesChanged: call.changed,
      ...runTimes(call.ms),
      stage: { nsPerLine: summary(call.stageMs), ms: call.stageMs },
      beyondSplitting: beyondSplitting(call),
    })),
    remarks: [],
  };
  return { ...report, remarks: remarksOn(report) };
}

const MUCH_SPREAD = 0.2;
const FEW_RUNS = 6;
const SMALL = 16 << 20;

function remarksOn({ calls, readCeiling, log, machine, workers, runs }: Report): string[] {
  const most = Math.max(readCeiling.nsPerLine.spread, ...calls.map(({ nsPerLine }) => nsPerLine.spread));
  const remarks: [boolean, string][] = [
    [
      most > MUCH_SPREAD,
      `the machine is busy: the middle half of some runs is spread by ${(most * 100).toFixed(0)} %; small differences mean nothing`,
    ],
    [
      runs < FEW_RUNS,
      `with fewer than ${FEW_RUNS} runs a range is all that was seen, and is too narrow; give more with --runs`,
    ],
    [log.bytes < SMALL, 'the log is small, so starting threads is a large part of each run'],
    [
      workers > machine.cores,
      `there are ${workers} workers and ${machine.cores} cores, so workers wait for each other`,
    ],
  ];
  return remarks.flatMap(([holds, text]) => (holds ? [text] : []));
}
