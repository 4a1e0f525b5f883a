import { addon } from '../../addon.js';
import { STAGE_KINDS } from '../../contract/kinds.js';
import { ContractViolationError, InputError } from '../../errors/index.js';
import type { Shape } from '../../loader/plugin/capabilities.js';
import type { Capability, Plugin } from '../../loader/plugin/plugin.js';
import type { Stage } from '../../pipeline/pipeline.js';
import { run } from '../../pipeline/run.js';

/** A regular file, open. */
export interface Log {
  fd: number;
  /** For messages. */
  name: string;
  bytes: number;
}

/** One way to call a plugin: a shape of a stage, or `write` of an exporter. */
export interface Call {
  plugin: Plugin;
  kind: Capability;
  shape: Shape | 'write';
}

/** How long the runs with one call took, in milliseconds, one entry for each round. */
export interface CallTimes extends Call {
  /** From the first block to the last. */
  ms: number[];
  /** Inside the stage, summed over all workers. */
  stageMs: number[];
  /** Lines after the stage. */
  kept: number;
  /** Lines that a transform replaced or removed. */
  changed: number;
}

export interface Times {
  lines: number;
  /** How long reading alone took: see `readCeiling` of the addon. */
  limitMs: number[];
  calls: CallTimes[];
}

export interface MeasureOptions {
  workers: number;
  /** Measured rounds. One more round before them warms up. */
  runs: number;
  /** Called after each measured step, with the number of steps so far and in all. */
  onRun(done: number, all: number): void;
}

/** The kinds that are measured: those that work on lines. */
const MEASURED = [...STAGE_KINDS, 'exporter'] as const;

/** Returns every call on lines that a plugin offers. */
export function callsOf(plugin: Plugin): Call[] {
  return MEASURED.flatMap((kind): Call[] => {
    const capability = plugin[kind];
    if (!capability) return [];
    const shapes = 'shapes' in capability ? capability.shapes : (['write'] as const);
    return shapes.map((shape) => ({ plugin, kind, shape }));
  });
}

/**
 * Runs the log through each call in turn, round after round, so that a slow moment of the machine affects all calls. A
 * first round warms up, and checks that the shapes of a plugin agree. Each round starts with another call.
 * @throws InputError if the log has no line, is compressed or changes; ContractViolationError if shapes disagree; what
 * `run` throws
 */
export async function measure(log: Log, calls: readonly Call[], options: MeasureOptions): Promise<Times> {
  const { workers, runs, onRun } = options;
  if (log.bytes === 0) {
    throw new InputError(log.name, 'measure with', 'there is no line in it', {
      hint: 'name a log of some MiB, or none',
    });
  }
  const times: Times = {
    lines: readCeiling(log, workers).lines,
    limitMs: [],
    calls: calls.map((call) => ({ ...call, ms: [], stageMs: [], kept: 0, changed: 0 })),
  };
  for (const call of times.calls) await runOnce(log, call, workers, false);
  refuseDisagreement(times.calls);

  const steps = [
    async () => {
      const { bytes, ms } = readCeiling(log, workers);
      refuseChange(log, bytes);
      times.limitMs.push(ms);
    },
    ...times.calls.map((call) => () => runOnce(log, call, workers, true)),
  ];
  for (let round = 0; round < runs; round++) {
    for (let i = 0; i < steps.length; i++) {
      await steps[(i + round) % steps.length]?.();
      onRun(round * steps.length + i + 1, runs * steps.length);
    }
  }
  return times;
}

function readCeiling(log: Log, workers: number): { bytes: number; lines: number; ms: number } {
  const { bytes, lines, elapsed, form } = addon().readCeiling(log.fd, workers);
  if (form) {
    throw new InputError(log.name, 'measure with', `it is ${form}, so decoding would be measured`, {
      hint: 'decode it first, or name no file',
    });
  }
  return { bytes, lines, ms: elapsed / 1e6 };
}

async function runOnce(log: Log, call: CallTimes, workers: number, counts: boolean): Promise<void> {
  const { plugin, kind, shape, ms, stageMs } = call;
  const pipeline =
    kind === 'exporter' ? { exporter: plugin } : { stages: [{ [kind]: plugin, shape: shape as Shape } as Stage] };
  const result = await run([{ fd: log.fd, name: log.name }], { ...pipeline, workers });
  for (const failure of result.failures) throw failure;
  refuseChange(log, result.bytes);
  const [inside] = result.stages;
  call.kept = result.kept;
  call.changed = inside?.linesChanged ?? 0;
  if (!counts) return;
  ms.push(result.ms);
  stageMs.push(inside?.ms ?? 0);
}

function refuseChange(log: Log, bytes: number): void {
  if (bytes === log.bytes) return;
  throw new InputError(log.name, 'measure with', `it had ${log.bytes} bytes, and now ${bytes} can be read`, {
    hint: 'name a log that nobody writes to, such as a copy',
  });
}

/** Refuses calls of one plugin with different results: they do different work, so their times cannot be compared. */
function refuseDisagreement(calls: readonly CallTimes[]): void {
  for (const call of calls) {
    const first = calls.find(({ plugin, kind }) => plugin === call.plugin && kind === call.kind) ?? call;
    if (call.kept === first.kept && call.changed === first.changed) continue;
    const what = ({ kept, changed, shape }: CallTimes) =>
      `keeps ${kept}${call.kind === 'transform' ? ` and changes ${changed}` : ''} by ${shape}`;
    throw new ContractViolationError(
      call.plugin.label,
      call.kind,
      `of the same lines it ${what(first)}, and ${what(call)}`,
    );
  }
}
