import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { exec, host, inPairs, ROOT, without } from '../command.js';
import {
  DIFFERENCES,
  type GrepLine,
  GrepLines,
  grepArguments,
  hostArguments,
  isComparable,
  ripgrepArguments,
} from './grep-lines.js';

// npm run drill:grep, or to repeat one seed: PLUGHOST_ROUNDS=1000 PLUGHOST_SEED=1 npx vitest run test/e2e/run/grep-lines.test.ts
const rounds = Number(process.env.PLUGHOST_ROUNDS ?? 100);
const seed = Number(process.env.PLUGHOST_SEED ?? Date.now() % 1_000_000_000);
const missing = without.regex || without.ripgrep;
// Skipped under a sanitizer, where Node starts slowly. Other tests cover the native code.
const skipped = process.env.LD_PRELOAD !== undefined || missing !== '';

const folder = makeScratch();
const shell = (program: string, args: string[]) =>
  [program, ...args.map((text) => `'${text.replaceAll(folder, '.')}'`)].join(' ');

/** The output of host and of a peer, as latin1, and whether each printed messages. */
async function compare(line: GrepLine) {
  const { input } = line;
  const [ours, grep, ripgrep] = await Promise.all([
    host(hostArguments(line), { input }),
    exec('grep', grepArguments(line), { input, env: { LC_ALL: 'C' } }),
    exec('rg', ripgrepArguments(line), { input }),
  ]);
  const what = shell('host', hostArguments(line));
  const shown = ({ status, stdout, stderr }: typeof ours) => ({
    status,
    stdout: stdout.toString('latin1').replaceAll('<stdin>', '(standard input)'),
    said: stderr !== '',
  });
  if (isComparable(line, 'grep'))
    expect({ what, ...shown(ours) }, shell('grep', grepArguments(line))).toEqual({ what, ...shown(grep) });
  if (isComparable(line, 'ripgrep')) {
    // With -L ripgrep ends with 0 if it has listed a file.
    const theirs = {
      ...shown(ripgrep),
      ...(line.print === 'without' && ripgrep.status !== 2 && { status: ours.status }),
    };
    expect({ what, ...shown(ours) }, shell('rg', ripgrepArguments(line))).toEqual({ what, ...theirs });
  }
}

describe('the command lines of grep', () => {
  it.skipIf(skipped)(
    `print the same bytes and end with the same status, at random (PLUGHOST_SEED=${seed})${missing}`,
    { timeout: 60_000 + rounds * 3000 },
    async () => {
      const lines = new GrepLines(folder, seed);
      await inPairs(
        Array.from({ length: rounds }, () => lines.next()),
        compare,
      );
    },
  );

  it('differ by choice in what the documentation says', () => {
    const page = readFileSync(join(ROOT, 'docs/grep.md'), 'utf8');
    for (const { called } of DIFFERENCES) expect(page).toContain(`| ${called} |`);
  });
});
