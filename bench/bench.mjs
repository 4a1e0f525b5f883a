// Measures host beside the programs that a user could use instead: whole processes on the same log. Compares their output
// before it accepts a time. Prints a table and writes bench/results.json and bench/results.svg.
//
//   npm run bench                 a log of 1 GiB, medians of 5
//   npm run bench -- --mib 256 --runs 9 --only literal --file my.log
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeCorpus } from './corpus.mjs';
import { jobsFor } from './jobs.mjs';
import { Measure } from './measure.mjs';
import { findPeers } from './peers.mjs';
import { draw } from './svg.mjs';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    file: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'plughost-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const log = values.file ?? join(folder, 'corpus.log');
if (!values.file) writeCorpus(log, Number(values.mib));
const { peers, missing } = findPeers(folder);
for (const reason of missing) console.warn(`left out: ${reason}`);
const measure = new Measure(folder, Number(values.runs));
const results = jobsFor(log, folder)
  .filter(({ name }) => name.includes(values.only))
  .map((job) => measure.job(job, peers));

const names = peers.map(({ name }) => name).filter((name) => results.some(({ peers }) => peers[name]));
const size = `${(statSync(log).size / 2 ** 20).toFixed(0)} MiB`;
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`;
console.log(`${size}, medians of ${values.runs}, milliseconds of the whole process (peak MiB); ${machine}`);
console.log(`| job | lines | ${names.join(' | ')} |`);
console.log(`|---|--:|${names.map(() => '--:|').join('')}`);
for (const { name, lines, peers } of results) {
  const cells = names.map((peer) =>
    peers[peer] ? `${peers[peer].ms.toFixed(0)} (${peers[peer].peak.toFixed(0)})` : '',
  );
  console.log(`| ${name} | ${lines.toLocaleString('en-US')} | ${cells.join(' | ')} |`);
}

const base = 'ripgrep';
if (values.only === '' && results.every(({ peers }) => peers[base])) {
  const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
  const command = `npm run bench -- ${process.argv
    .slice(2)
    .filter((arg) => !arg.includes('/') && arg !== '--file')
    .join(' ')}`.trim();
  writeFileSync(
    beside('results.json'),
    `${JSON.stringify({ command, size, machine, runs: measure.runs, results }, null, 2)}\n`,
  );
  writeFileSync(beside('results.svg'), draw({ results, base }));
}
