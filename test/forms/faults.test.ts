import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { misbehaving } from '../misbehaving/faults.js';
import { goPlugin, pythonPlugin } from '../remote/peers/plugins.js';
import { builtin, type Entry, entry, optionsOf, own, program, script, titleOf } from './conformance/make.js';

/*
 * Plugins of every form that do wrong at one line: the line is named. A crash, or no answer, costs that line alone. An error
 * that a plugin reports ends the run.
 */

const scratch = makeScratch();
const LINES = Array.from({ length: 40 }, (_, i) => (i === 28 ? 'ERROR 29 POISON' : `ERROR ${i + 1}`));
const log = join(scratch, 'poison.log');
writeFileSync(log, `${LINES.join('\n')}\n`);
const BYTE = LINES.slice(0, 28).join('\n').length + 1;
const OTHERS = LINES.filter((line) => !line.includes('POISON'));

type Flag = '--filter' | '--transform' | '--export';
const FLAGS: Flag[] = ['--filter', '--transform', '--export'];
const ROLES = { '--filter': 'filter', '--transform': 'transform', '--export': 'exporter' };

interface Fault {
  flag: Flag;
  entry: Entry;
  says: RegExp;
  /** It gets many lines in one call, and cannot say which of them it was. */
  manyLines?: boolean;
  /** It sees all lines in order, so it loses the whole block: no other process knows the lines before. */
  inOrder?: boolean;
  /** What it writes for a line, if not the line. */
  row?: (line: string) => string;
}

const at = (role: string, fault: string) => ({ fault, at: role });
const library = (flag: Flag, fault: string): Entry =>
  entry('library in C', misbehaving(), { config: at(ROLES[flag], fault) });
const linkedIn = (flag: Flag, fault: string): Entry => builtin('misbehaving', at(ROLES[flag], fault));
const rust = (fault: string): Entry =>
  entry('library in Rust', misbehaving('rust'), {
    config: { fault },
    lacks: existsSync(misbehaving('rust')) ? '' : 'cargo is missing',
  });
const commit = (name: string, code: string): Entry =>
  script(
    'script',
    name,
    `const check = (line) => {
  if (line.includes('POISON')) ${code}
  return line;
};
export default () => ({
  filter: (line) => check(line) !== '',
  transform: check,
  exporter: { write: (lines) => lines.map((line) => \`\${check(line)}\\n\`).join('') },
});`,
  );
const GO = goPlugin('fragile', own('fragile.go'));
const PYTHON = pythonPlugin('fragile-python', own('fragile.py'));
const go = (fault: string): Entry => program('Go', 'fragile', GO, { fault });
const python = (fault: string): Entry => program('Python', 'fragile', PYTHON, { fault });

const IN_C = { '--filter': {}, '--transform': {}, '--export': { row: (line: string) => `(${line})` } };

/** Faults that kill a process, or that never end. */
const LOST: Fault[] = [
  ...FLAGS.flatMap((flag): Fault[] => [
    { flag, entry: library(flag, 'abort'), says: /it crashed with SIGABRT/, ...IN_C[flag] },
    { flag, entry: linkedIn(flag, 'abort'), says: /it crashed with SIGABRT/, ...IN_C[flag] },
    { flag, entry: go('exit'), says: /exited with status 3/, inOrder: flag === '--export' },
  ]),
  { flag: '--filter', entry: rust('panic'), says: /panicked at/ },
  { flag: '--filter', entry: rust('abort'), says: /it crashed with SIGABRT/ },
  { flag: '--filter', entry: go('hang'), says: /it did not answer in time/ },
  { flag: '--filter', entry: python('exit'), says: /exited with status 3/ },
];

/** Errors that a plugin reports itself. */
const FAILED: Fault[] = FLAGS.flatMap((flag): Fault[] => [
  {
    flag,
    entry: commit('throw', "throw new Error('no');"),
    says: /throw\.js:3:\d+: no/,
    manyLines: flag === '--export',
  },
  { flag, entry: go('fail'), says: /it says so/ },
  { flag, entry: go('panic'), says: /no more/ },
  { flag, entry: python('fail'), says: /it says so/ },
]);

const titled = ({ flag, entry, says }: Fault) => `${flag}, ${titleOf(entry)}: ${says.source}`;
const run = async ({ flag, entry }: Fault) =>
  seen(await host(['run', log, flag, ...optionsOf(entry), '--isolate', '--call-timeout', '1']));

describe('a line that kills a plugin is named and left out, and no other', { timeout: 120_000 }, () => {
  for (const fault of LOST) {
    it.skipIf(fault.entry.lacks)(titled(fault), async () => {
      const { status, stdout, stderr } = await run(fault);
      const { says, row = (line) => line, inOrder = false } = fault;
      expect(stderr).toMatch(says);
      const lost = inOrder ? 'line 1, byte 0: 40 lines are left out' : `line 29, byte ${BYTE}: the line is left out`;
      expect(stderr).toContain(`${log}, ${lost}`);
      expect(stdout.split('\n')).toEqual([...(inOrder ? [] : OTHERS.map(row)), '']);
      expect(status).toBe(2);
    });
  }
});

describe('a line at which a plugin reports an error is named', { timeout: 120_000 }, () => {
  for (const fault of FAILED) {
    it.skipIf(fault.entry.lacks)(titled(fault), async () => {
      const { status, stderr } = await run(fault);
      expect(stderr).toMatch(fault.says);
      if (!fault.manyLines) expect(stderr).toContain(`${log}, line 29, byte ${BYTE}`);
      expect(status).toBe(2);
    });
  }
});
