import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { samples } from './secrets.js';
import { SURROUNDINGS } from './surroundings.js';

const folder = makeScratch();
const file = join(folder, 'corpus.log');
const rows = samples().flatMap((sample) =>
  SURROUNDINGS.map((around) => ({ sample, around, line: around.line(sample.text) })),
);
writeFileSync(file, rows.map(({ line }) => `${line}\n`).join(''));

const redacted = async (...args: string[]) => {
  const { status, stdout, stderr } = await host(['run', file, '--transform', 'redact', '-j', '1', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};

/** The value with all that it holds put away but keys, and so for JSON in its texts. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
  if (typeof value !== 'string') return 'value';
  try {
    const inner: unknown = JSON.parse(value);
    return typeof inner === 'object' && inner !== null ? { text: shape(inner) } : 'value';
  } catch {
    return 'value';
  }
}

describe('redact on secrets of all kinds in all surroundings', () => {
  it('has enough of them', () => {
    expect(samples().length).toBeGreaterThanOrEqual(300);
    expect(SURROUNDINGS.length).toBeGreaterThanOrEqual(20);
  });

  it('leaves none, and what was JSON is JSON with the same keys', async () => {
    const lines = (await redacted()).toString().split('\n');
    expect(lines.length).toBe(rows.length + 1);
    const leaks: string[] = [];
    const broken: string[] = [];
    rows.forEach(({ sample, around, line }, i) => {
      const now = lines[i] as string;
      const written = around.write?.(sample.secret) ?? sample.secret;
      if (now.includes(sample.secret) || now.includes(written)) leaks.push(`${around.name}: ${line} => ${now}`);
      if (!around.json) return;
      try {
        expect(shape(JSON.parse(now))).toEqual(shape(JSON.parse(line)));
      } catch {
        broken.push(`${around.name}: ${line} => ${now}`);
      }
    });
    expect({ leaks, broken }).toEqual({ leaks: [], broken: [] });
  });

  it('finds nothing more in what it made', async () => {
    const once = await redacted();
    writeFileSync(file, once);
    const again = await redacted();
    writeFileSync(file, rows.map(({ line }) => `${line}\n`).join(''));
    expect(again.equals(once)).toBe(true);
  });

  it('gives the same bytes isolated', async () => {
    expect((await redacted('--isolate')).equals(await redacted())).toBe(true);
  });
});
