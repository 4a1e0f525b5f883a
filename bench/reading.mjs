// Measures ways to read a plain file: what a run could do instead of positional reads, every byte looked at.
//
//   npm run bench:reading [-- --mib 1024 --runs 7 --file LOG --cold]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeCorpus } from './corpus.mjs';
import { machine } from './machine.mjs';
import { compileC } from './measure/compile.mjs';
import { Measure } from './measure.mjs';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '7' },
    file: { type: 'string' },
    cold: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'plughost-reading-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const log = values.file ?? join(folder, 'corpus.log');
if (!values.file) writeCorpus(log, Number(values.mib));

/** The ways of peers/read-ways.c, with KiB of a read or a window. */
const WAYS = [
  ...[64, 256, 768, 4096].map((kib) => ['pread', kib]),
  ['sequential', 768],
  ...[256, 768].map((kib) => ['uring', kib]),
  ['map', 0],
  ...[768, 4096].map((kib) => ['windows', kib]),
  ['populate', 4096],
];
const program = compileC(fileURLToPath(new URL('peers/read-ways.c', import.meta.url)), folder);
// A container may forbid io_uring.
const possible = WAYS.filter(([way]) => {
  const { status, stderr } = spawnSync(program, [way, '768', log], { encoding: 'utf8' });
  if (status !== 0) console.warn(`left out: ${way}: ${stderr.trim()}`);
  return status === 0;
});
const commands = possible.map(([way, kib]) => ({ name: `${way} ${kib}`, line: [program, way, String(kib), log] }));
const measure = new Measure(folder, Number(values.runs), { cold: values.cold });
const figures = await measure.turns(commands, { input: log });
const base = figures['pread 768'];

const size = `${(statSync(log).size / 2 ** 20).toFixed(0)} MiB, ${values.cold ? 'not ' : ''}in the page cache`;
console.log(`${size}; medians of ${values.runs}; processor time as a share of that of pread with 768 KiB.`);
console.log(`${Object.values(machine()).join(', ')}\n`);
console.log('| way | KiB | milliseconds | processor time | share | MiB of memory |');
console.log('|---|--:|--:|--:|--:|--:|');
for (const [way, kib] of possible) {
  const { ms, cpu, peak } = figures[`${way} ${kib}`];
  const share = (cpu / base.cpu).toFixed(2);
  console.log(`| ${way} | ${kib || 'all'} | ${ms.toFixed(0)} | ${cpu.toFixed(0)} | ${share} | ${peak.toFixed(0)} |`);
}
