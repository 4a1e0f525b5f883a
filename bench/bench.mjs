// Measures host beside the programs that a user could use instead: whole processes on the same log. Compares their output
// before it accepts a time. Prints tables, the goals, and what changed since the last run. A whole run also writes
// bench/results.json, bench/results.svg, the tables of the pages, and a line of bench/history.
//
//   npm run bench                     logs of 1 and 8 GiB, medians of 5
//   npm run bench -- --cold           one of 1 GiB, dropped from the page cache before each run
//   npm run bench -- --sizes 1 --only literal,levels --peers ripgrep
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { growCorpus, LARGE_PIECE, PIECE, writeCorpus } from './corpus.mjs';
import { jobsFor, LARGE } from './jobs.mjs';
import { commit, machine } from './machine.mjs';
import { manyFiles } from './many.mjs';
import { Measure } from './measure.mjs';
import { readOptions } from './options.mjs';
import { findPeers } from './peers.mjs';
import { judge } from './report/goals.mjs';
import { appendHistory, changeReport, changes, historyLine, readHistory } from './report/history.mjs';
import { renewPages } from './report/pages.mjs';
import { writeResults } from './report/results.mjs';
import { goals, origin, ratios, sizeOf, starts, times } from './report/tables.mjs';
import { noRoom } from './room.mjs';
import { measureStarts } from './start/start-times.mjs';

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const HISTORY = beside('history/runs.jsonl');

const options = readOptions(process.argv.slice(2));
const { runs, only, cold } = options;
const folder = mkdtempSync(join(tmpdir(), 'plughost-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// Without a listener the signal would end this process at once: its exit listeners would not delete the log.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

try {
  const results = await measureAll();
  report(results);
  if (options.writes) keep(results);
} catch (error) {
  console.error(`bench: ${error.constructor === Error ? error.message : error.stack}`);
  process.exitCode = 2;
}

async function measureAll() {
  const { peers, missing, ripgrep } = findPeers(folder, { names: options.peers, install: options.install });
  const measure = new Measure(folder, runs, { cold });
  const { sizes, left } = await measureSizes(measure, peers);
  const results = {
    command: `npm run bench${shownArguments()}`,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: machine(),
    ripgrep,
    runs,
    cold,
    largePieces: options.largePieces,
    missing: [...missing, ...left],
    programs: peers.map(({ name }) => name),
    sizes,
  };
  if (only.includes('many files')) results.files = await measureFiles(measure, peers);
  if (only.includes('start')) results.starts = await measureStarts(measure);
  return results;
}

/** Measures the jobs on a log that grows from size to size. Returns the results, and why sizes were left out. */
async function measureSizes(measure, peers) {
  const log = options.file ?? join(folder, 'corpus.log');
  const measured = [];
  const left = [];
  let has = 0;
  for (const mib of options.sizes) {
    const why = noRoom(mib, folder, { has, cold });
    if (why) {
      left.push(`${sizeOf(mib)}: ${why}`);
      continue;
    }
    const jobs = jobsFor(log, mib, folder, only);
    if (jobs.length === 0) continue;
    if (!options.file) makeLog(log, mib, has);
    has = mib;
    const results = [];
    for (const job of jobs) {
      console.warn(`measures: ${sizeOf(mib)}, ${job.name}`);
      results.push(await measure.job(job, peers));
    }
    measured.push({ mib, bytes: statSync(log).size, jobs: results });
  }
  return { sizes: measured, left };
}

function makeLog(log, mib, has) {
  const piece = options.largePieces ? LARGE_PIECE : PIECE;
  if (has < LARGE) writeCorpus(log, Math.min(mib, LARGE), piece);
  if (mib > LARGE) growCorpus(log, mib, piece);
  const { size } = statSync(log);
  if (size > mib * 2 ** 20 || size < mib * 2 ** 20 - 4096) throw new Error(`the log has ${size} bytes, not ${mib} MiB`);
}

async function measureFiles(measure, peers) {
  console.warn('measures: many files');
  return { count: options.files, ...(await measure.job(manyFiles(folder, options.files), peers)) };
}

/** Returns the arguments as they are shown: without paths. */
function shownArguments() {
  const shown = process.argv.slice(2).map((arg) => (arg.includes('/') ? 'LOG' : arg.includes(' ') ? `'${arg}'` : arg));
  return shown.length > 0 ? ` -- ${shown.join(' ')}` : '';
}

function report(results) {
  const cell = ({ ms, cpu, peak }) => `${ms.toFixed(0)} (${cpu.toFixed(0)}; ${peak.toFixed(0)})`;
  console.log(`${origin(results)}\nCells: wall time (processor time; peak MiB).`);
  for (const { mib, jobs } of results.sizes)
    console.log(
      `\n${sizeOf(mib)}\n\n${times(jobs, results.programs, cell)}${results.ripgrep ? `\n\n${ratios(jobs)}` : ''}`,
    );
  if (results.files) console.log(`\n${times([results.files], results.programs, cell)}`);
  if (results.starts) console.log(`\n${starts(results.starts)}`);
  if (!results.cold) console.log(`\n${goals(judge(results))}\n`);
  const line = historyLine(results);
  for (const text of changeReport(changes(readHistory(HISTORY), line))) console.log(text);
}

/** Writes the results, what is made from them, and a line of the history. */
function keep(results) {
  writeResults(results);
  appendHistory(HISTORY, historyLine(results));
  console.log(
    `written: results and history${renewPages()
      .map((file) => `, ${file}`)
      .join('')}`,
  );
}
