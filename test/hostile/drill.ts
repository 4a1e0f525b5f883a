import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { type IsolateOptions, loadPlugin, onPluginLog, type Pipeline, PlughostError } from '../../src/index.js';
import { folder, outputOf } from '../engine/bytes.js';

/** A plugin that works well, except that it forges its answer for a line that contains POISON. */
export const HOSTILE = join(buildFolder, 'test/libhostile.so');

const LEVELS = ['INFO', 'WARN', 'ERROR', 'DEBUG'];
const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${LEVELS[(i * 7) % 4]} something ${'x'.repeat(i % 50)}`);
// Two poisoned lines in one block and one in another. Every role would change or keep them.
for (const index of [500, 503, 2500]) lines[index] = `${index} WARN ERROR POISON`;

/** Returns a log in which poisoned lines stand next to lines that every role treats differently. */
export const log = join(folder, 'log');
writeFileSync(log, lines.map((line) => `${line}\n`).join(''));
export const poisoned = lines.flatMap((line, index) => (line.includes('POISON') ? [index + 1] : []));

const numbered = lines.map((text, index) => ({ text, number: index + 1 }));
type Line = (typeof numbered)[number];
/** Returns the output of a role, computed without the plugin. */
const WORKS = {
  filter: (all: Line[]) => all.filter(({ text }) => text.includes('ERROR')),
  transform: (all: Line[]) =>
    all.map((line) => (line.text.includes('WARN') ? { ...line, text: `[${line.text}]` } : line)),
  exporter: (all: Line[]) => all.map((line) => ({ ...line, text: `(${line.text})` })),
};
export type Role = keyof typeof WORKS;
export const ROLES: readonly Role[] = ['filter', 'transform', 'exporter'];

// Skipped under a sanitizer, which makes calls that the sandbox refuses.
const sanitized = process.env.LD_PRELOAD !== undefined;
export const isolates: { name: string; isolate: IsolateOptions }[] = [
  { name: 'isolated', isolate: {} },
  ...(sanitized ? [] : [{ name: 'sandboxed', isolate: { sandbox: true } }]),
];

/** Returns the output of several roles, one after the other; `sound`: without the poisoned lines. */
export function left(roles: readonly Role[], sound: boolean): Line[] {
  const lines = numbered.filter(({ text }) => !sound || !text.includes('POISON'));
  return roles.reduce((all, role) => WORKS[role](all), lines);
}

export const plainly = (lines: readonly { text: string }[]): string => lines.map(({ text }) => `${text}\n`).join('');

/** Waits for a log message of the plugin, which may arrive a moment after its process was killed. */
export async function says(plugin: { run(): string }, told: readonly string[], words: string): Promise<string> {
  for (let i = 0; i < 500; i++) {
    const said = told.find((message) => message.startsWith(words));
    if (said) return said;
    await sleep(10);
    plugin.run();
  }
  throw new Error(`the plugin does not say: ${words}`);
}

export interface Attack {
  /** The attack, and the role in which the plugin makes it. */
  name: string;
  role: Role;
  /** Roles of sound stages before it. */
  before?: readonly Role[];
  /** Roles of sound stages after it. */
  after?: readonly Role[];
  off?: boolean;
  isolate: IsolateOptions;
  pipeline?: Partial<Pipeline>;
  config?: Record<string, unknown>;
}

export interface Attacked {
  output: string;
  /** Texts of the fault messages. */
  places: (number | undefined)[];
  errors: PlughostError[];
  /** How often the plugin says that it made the attack. */
  forged: number;
  heldBack: number;
}

/** Runs the log through several roles of the plugin, one of which attacks. */
export async function attacked(attack: Attack): Promise<Attacked> {
  const { name, role, before = [], after = [], off = false, isolate } = attack;
  const told: string[] = [];
  onPluginLog(({ message }) => told.push(message));
  const config = { attack: name, off, ...attack.config };
  const plugins = [...before, undefined, ...after].map((honest) =>
    loadPlugin(HOSTILE, { isolate, config: honest ? {} : config }),
  );
  const roles = [...before, role, ...after];
  const pipeline: Record<string, unknown> = {
    stages: roles.flatMap((of, i) => (of === 'exporter' ? [] : [{ [of]: plugins[i] }])),
    ...(roles.at(-1) === 'exporter' && { exporter: plugins.at(-1) }),
    blockSize: 16384,
    ...attack.pipeline,
  };
  try {
    const { output, result, error } = await outputOf([log], pipeline as Pipeline);
    const attacker = plugins[before.length];
    const said = (word: string) => told.filter((message) => message.startsWith(`${word} ${name}`)).length;
    if (attacker) await says(attacker, told, `${off ? 'held back' : 'forged'} ${name}`);
    const errors = [...(result?.faults ?? []), ...(result?.transient ?? []), ...(error ? [error] : [])];
    for (const one of errors) if (!(one instanceof PlughostError)) throw one;
    return {
      output: output.toString(),
      places: result?.faults.map(({ place }) => place?.line) ?? [],
      errors: errors as PlughostError[],
      forged: said('forged'),
      heldBack: said('held back'),
    };
  } finally {
    for (const plugin of plugins) plugin.close();
    onPluginLog(undefined);
  }
}

/** Expects that exactly the poisoned lines are missing, and that a fault names each of them. */
export function expectExact(outcome: Attacked, wanted: string): void {
  expect(outcome.forged).toBeGreaterThan(0);
  expect(outcome.errors.map(({ code }) => code)).toEqual(poisoned.map(() => 'ERR_PLUGIN_FAULT'));
  expect(outcome.places).toEqual(poisoned);
  expect(outcome.output).toBe(wanted);
}

/** Runs with the attack prepared but not made, and expects every line. So lines are lost only because of the attack. */
export function expectComplete(outcome: Attacked, wanted: string): void {
  expect(outcome).toEqual({ output: wanted, places: [], errors: [], forged: 0, heldBack: outcome.heldBack });
  expect(outcome.heldBack).toBeGreaterThan(0);
}
