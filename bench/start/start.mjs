// Measures the start of the command: whole processes beside `node -e 0`, and where each millisecond of a start goes.
//
//   npm run bench:start [-- PAIRS]
//
// The whole processes take turns, so other load on the machine affects all of them; the ratios are the medians of the
// ratios of one turn. Processor time is what getrusage(2) says of each process. The parts come from runs with
// `--require start-marks.cjs`: that file measures the functions that a start goes through from outside, by wrapping them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const koffi = createRequire(import.meta.url)('koffi');
const root = fileURLToPath(new URL('../..', import.meta.url));
const pairs = Number(process.argv[2] ?? 41);
const folder = mkdtempSync(join(tmpdir(), 'plughost-start-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = join(folder, 'small.log');
writeFileSync(log, 'a line with x\nanother one\n');
const empty = join(folder, 'empty.cjs');
writeFileSync(empty, '');

const host = join(root, 'bin/host.js');
const COMMANDS = {
  'node -e 0': ['-e', '0'],
  'node empty.cjs': [empty],
  'host load libgreet.so': [host, 'load', join(root, 'build/plugins/libgreet.so')],
  'host run': [host, 'run', log, '--filter', 'contains', '-p', 'text=x'],
};
/** Whose parts are shown: those that run a file. */
const MEASURED = Object.keys(COMMANDS).slice(1);
/** Milliseconds. */
const SMALL = 0.1;

// Node reads this certificate bundle at every start. That cost belongs to the environment.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const ms = (value) => value.toFixed(1).padStart(6);

const getrusage = koffi.load(null).func('int getrusage(int, void *)');
const CHILDREN = -1;

/** Returns the milliseconds of processor time of all processes that this one has waited for. */
function childrenTime() {
  const usage = new BigInt64Array(18);
  if (getrusage(CHILDREN, usage) !== 0) throw new Error('getrusage fails');
  const [userSeconds, userMicros, systemSeconds, systemMicros] = usage;
  return Number(userSeconds + systemSeconds) * 1e3 + Number(userMicros + systemMicros) / 1e3;
}

function run(args, stdio = 'ignore') {
  const [before, start] = [childrenTime(), performance.now()];
  const { status, output } = spawnSync(process.execPath, args, { env, stdio });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`${args.join(' ')} ends with ${status}`);
  return { wall, processor: childrenTime() - before, output, start: performance.timeOrigin + start };
}

function wholeProcesses() {
  const turns = Array.from({ length: pairs }, () => Object.values(COMMANDS).map((args) => run(args)));
  console.log(
    `Node ${process.versions.node}, medians of ${pairs} turns; beside: the median of the ratios to node -e 0\n`,
  );
  console.log('| | wall ms | beside | user + system ms | beside |\n|---|--:|--:|--:|--:|');
  for (const [i, name] of Object.keys(COMMANDS).entries()) {
    const cells = ['wall', 'processor'].flatMap((kind) => [
      ms(median(turns.map((turn) => turn[i][kind]))),
      median(turns.map((turn) => turn[i][kind] / turn[0][kind])).toFixed(2),
    ]);
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

/** Returns the milliseconds of each part of one start. */
function parts(args) {
  const { wall, output, start } = run(
    ['--require', join(root, 'bench/start/start-marks.cjs'), ...args],
    ['ignore', 'ignore', 'inherit', 'pipe'],
  );
  const marks = JSON.parse(output[3]);
  return {
    'Node: until it runs JavaScript': marks.start - start + marks.node,
    ...marks.rows,
    'the end of the process': start + wall - marks.start - marks.end,
  };
}

function tableOfParts() {
  const runs = MEASURED.map((name) => Array.from({ length: pairs }, () => parts(COMMANDS[name])));
  const names = [...new Set(runs.flat().flatMap(Object.keys))];
  const rows = names.map((part) => [part, runs.map((some) => median(some.map((one) => one[part] ?? 0)))]);
  const isSmall = ([, took]) => Math.max(...took) < SMALL;
  const small = MEASURED.map((_, i) => rows.filter(isSmall).reduce((sum, [, took]) => sum + took[i], 0));
  console.log(`\nThe parts, medians of ${pairs} runs with marks\n\n| ms | ${MEASURED.join(' | ')} |`);
  console.log(`|---|${'--:|'.repeat(MEASURED.length)}`);
  for (const [part, took] of [...rows.filter((row) => !isSmall(row)), [`each below ${SMALL} ms`, small]]) {
    console.log(`| ${part} | ${took.map((value) => (value > 0 ? value.toFixed(2) : '')).join(' | ')} |`);
  }
}

if (!existsSync(join(root, 'build/plugins/libgreet.so'))) throw new Error('first: npm run build');
wholeProcesses();
tableOfParts();
