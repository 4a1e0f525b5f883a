// Measures what a job on many machines costs: the bytes of states, how fast they are made and merged, and the start of a
// process. Then it computes jobs of other sizes from these figures, as docs/scale-out.md shows them.
//
//   npm run bench:states [-- --mib 256 --runs 5 --tib 10 --cores 16 --gbits 10]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from '../machine.mjs';
import { Measure } from '../measure.mjs';
import { writeAccess } from './logs.mjs';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '256' },
    runs: { type: 'string', default: '5' },
    tib: { type: 'string', default: '10' },
    cores: { type: 'string', default: '16' },
    gbits: { type: 'string', default: '10' },
  },
});

const HOST = fileURLToPath(new URL('../../bin/host.js', import.meta.url));
/** How many states a process merges, as in plughost_spark. */
const FAN_IN = 32;
const MEBIBYTE = 2 ** 20;
/** The bytes of a part that are tried. */
const PARTS = [128, 256, 512, 1024, 2048].map((mebibytes) => mebibytes * MEBIBYTE);

const QUESTIONS = {
  'count by status': ['--aggregate', 'count', '--by', 'status'],
  'count by path': ['--aggregate', 'count', '--by', 'path'],
  'quantiles of bytes by path': ['--aggregate', 'quantiles', '-p', 'of=bytes', '--by', 'path'],
  'distinct hosts': ['--aggregate', 'distinct', '-p', 'of=host'],
  'distinct hosts by status': ['--aggregate', 'distinct', '-p', 'of=host', '--by', 'status'],
  'count by host': ['--aggregate', 'count', '--by', 'host'],
};

/** Bytes a second that a machine gets, of logs and of states. */
const network = (Number(values.gbits) * 1e9) / 8;

const folder = mkdtempSync(join(tmpdir(), 'plughost-states-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
const at = (name) => join(folder, name);
const measure = new Measure(folder, Number(values.runs));

/** Measures commands, and returns their figures in the same order. */
async function measured(...lines) {
  const commands = lines.map((line, i) => ({ name: String(i), line: [HOST, ...line] }));
  const figures = await measure.turns(commands);
  return commands.map(({ name }) => figures[name]);
}

const emit = (log, flags, state) => ['run', log, '-j1', '--parse', 'access', ...flags, '--emit-state', '-o', at(state)];

/** Writes a log in which each line has a path of its own. */
function writeWide(name, first, count) {
  const lines = Array.from(
    { length: count },
    (_, i) => `10.0.0.1 - - [01/Mar/2026:00:00:00 +0000] "GET /${first + i}/path HTTP/1.1" 200 5\n`,
  );
  writeFileSync(at(name), lines.join(''));
}

/** Returns how many groups a second are read by a merge of states of these logs, and how many they are. */
async function mergeSpeed(logs, groups) {
  const states = logs.map((log) => `${log}.state`);
  for (const [i, log] of logs.entries())
    await measure.once({ name: log, line: [HOST, ...emit(at(log), QUESTIONS['count by path'], states[i])] });
  const [{ cpu }] = await measured(['merge', ...states.map(at), '-o', at('merged')]);
  return (groups / (cpu - start.cpu)) * 1e3;
}

const { processor, kernel, node } = machine();
console.log(`${processor}, ${kernel}, Node ${node}; medians of ${values.runs}\n`);

writeFileSync(at('empty'), '');
const [start] = await measured(emit(at('empty'), QUESTIONS['count by status'], 'none'));
console.log(`start of a process: ${start.cpu.toFixed(0)} ms of processor time\n`);

const log = at('access.log');
writeAccess(log, Number(values.mib));
const bytes = statSync(log).size;
console.log(
  `| ${values.mib} MiB of log | groups | bytes of the state | bytes a group | GB/s a core |\n|---|--:|--:|--:|--:|`,
);
const jobs = [];
for (const [name, flags] of Object.entries(QUESTIONS)) {
  const [{ cpu }] = await measured(emit(log, flags, 'state'));
  await measure.once({ name, line: [HOST, 'inspect', '--json', at('state')] });
  const [groups] = JSON.parse(readFileSync(measure.output, 'utf8')).states.groups;
  const size = statSync(at('state')).size;
  const speed = bytes / (cpu - start.cpu) / 1e6;
  jobs.push({ name, groups, size, speed });
  console.log(`| ${name} | ${groups} | ${size} | ${(size / groups).toFixed(0)} | ${speed.toFixed(2)} |`);
}

const MILLION = 1_000_000;
for (const name of ['a', 'b']) writeWide(name, 0, MILLION);
writeWide('c', MILLION, MILLION);
const few = Array.from({ length: FAN_IN }, (_, i) => `few${i}`);
for (const name of few) writeWide(name, 0, MILLION / FAN_IN);
const merges = {
  'two states, the same million groups': await mergeSpeed(['a', 'b'], 2 * MILLION),
  'two states, a million other groups each': await mergeSpeed(['a', 'c'], 2 * MILLION),
  [`${FAN_IN} states, the same ${MILLION / FAN_IN} groups`]: await mergeSpeed(few, MILLION),
};
console.log('\n| merge | million groups a second and core |\n|---|--:|');
for (const [name, speed] of Object.entries(merges)) console.log(`| ${name} | ${(speed / 1e6).toFixed(1)} |`);

/** Milliseconds of GNU parallel's own process for a job. */
async function handingOut() {
  const jobs = Array.from({ length: 300 }, (_, i) => String(i));
  const line = ['parallel', '--will-cite', '-j2', 'true', ':::', ...jobs];
  if (spawnSync('parallel', ['--version']).error) return;
  const { parallel } = await measure.turns([{ name: 'parallel', line }]);
  return parallel.cpu / jobs.length;
}

/**
 * Computes a job: `parts` processes read, and levels of processes merge `FAN_IN` states each. Every state is as large as
 * that of the measured log, and so is each merged one. One process hands out all others, one after the other.
 */
function computed({ groups, size, speed }, total, machines, partBytes) {
  const cores = machines * Number(values.cores);
  const merge = Math.min(...Object.values(merges));
  const starting = start.cpu / 1e3;
  const parts = Math.ceil(total / partBytes);
  const part = starting + partBytes / (speed * 1e9);
  const wave = (processes, seconds) => Math.max(Math.ceil(processes / cores) * seconds, processes * handed);
  const reading = Math.max(wave(parts, part), total / (network * machines));
  const job = { partBytes, cpu: parts * part, wall: reading, moved: 0, processes: parts };
  for (let states = parts; states > 1; ) {
    const next = Math.ceil(states / FAN_IN);
    const level = states * size;
    job.moved += level;
    job.processes += next;
    job.cpu += next * starting + (states * groups) / merge;
    // The last level goes to one machine, the others to all of them.
    const moving = level / (network * Math.min(machines, next));
    job.wall += wave(next, starting + (Math.min(FAN_IN, states) * groups) / merge) + (machines > 1 ? moving : 0);
    states = next;
  }
  return job;
}

/** Computes a job with the parts that make it end first. */
const best = (job, total, machines) =>
  PARTS.map((partBytes) => computed(job, total, machines, partBytes)).reduce((a, b) => (b.wall < a.wall ? b : a));

const measuredHanding = await handingOut();
const handed = (measuredHanding ?? 4) / 1e3;
console.log(
  `\nhanding out a process: ${measuredHanding === undefined ? '4 ms, not measured, because GNU parallel is not installed' : `${measuredHanding.toFixed(1)} ms of GNU parallel`}`,
);

const total = Number(values.tib) * 2 ** 40;
console.log(
  `\nComputed for ${values.tib} TiB, ${values.cores} cores a machine, ${FAN_IN} states a merge, ${values.gbits} Gbit/s:\n\n| job | machines | parts of | processes | seconds | processor hours | GB of states moved |\n|---|--:|--:|--:|--:|--:|--:|`,
);
for (const job of jobs) {
  for (const machines of [1, 10, 1000]) {
    const { partBytes, cpu, wall, moved, processes } = best(job, total, machines);
    const cells = [machines, `${partBytes / MEBIBYTE} MiB`, processes, wall.toFixed(0), (cpu / 3600).toFixed(1)];
    console.log(`| ${job.name} | ${cells.join(' | ')} | ${(moved / 1e9).toFixed(2)} |`);
  }
}
