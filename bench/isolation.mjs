// Measures the cost of isolation and how fast it detects faults: the figures of docs/isolation.md.
//   node bench/isolation.mjs [LOG] [--runs N]     (a log of 1 GiB is made when none is named)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadPlugin, run } from '../dist/index.js';
import { writeCorpus } from './corpus.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '7' } },
});
const runs = Number(values.runs);
const host = join(root, 'bin/host.js');
const builtIn = (name) => join(root, 'build/plugins', `lib${name}.so`);
const misbehaving = join(root, 'build/test/libmisbehaving.so');
const folder = mkdtempSync(join(tmpdir(), 'plughost-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = positionals[0] ?? join(folder, 'corpus.log');
if (!positionals[0]) writeCorpus(log, 1024);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const percentile = (numbers, part) => numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * part) - 1];
const { NODE_EXTRA_CA_CERTS, ...environment } = process.env;

/** Returns milliseconds of wall time and of processor time, with that of the child processes. */
async function time(args, piped) {
  const quoted = [host, ...args].map((argument) => `'${argument}'`).join(' ');
  const command = `${piped ? `cat '${log}' | ` : ''}/usr/bin/time -f '%U %S' -o '${join(folder, 'used')}' ${quoted} > /dev/null`;
  const start = process.hrtime.bigint();
  const [status] = await once(
    spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'], env: environment }),
    'close',
  );
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  if (status > 1) throw new Error(`${args.join(' ')}: status ${status}`);
  const [user, system] = readFileSync(join(folder, 'used'), 'utf8').trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, cpu: (user + system) * 1000 };
}

/** Runs the modes in turns, so that other load on the machine affects all of them. */
async function compare(title, args, piped = false) {
  const modes = [[], ['--isolate'], ['--sandbox']];
  const taken = modes.map(() => []);
  for (let i = 0; i < runs; i++)
    for (const [m, mode] of modes.entries()) taken[m].push(await time([...args, ...mode], piped));
  const walls = taken.map((times) => median(times.map(({ wall }) => wall)));
  const cpus = taken.map((times) => median(times.map(({ cpu }) => cpu)));
  const ratio = (a, b) => (a / b).toFixed(2);
  console.log(
    `| ${title} | ${walls.map((ms) => ms.toFixed(0)).join(' | ')} | ${ratio(walls[0], walls[1])} | ${ratio(walls[0], walls[2])} | ${ratio(cpus[1], cpus[0])} |`,
  );
}

console.log(
  '| | in-process ms | isolated ms | sandboxed ms | speed isolated / in-process | sandboxed / in-process | processor isolated / in-process |',
);
console.log('|---|--:|--:|--:|--:|--:|--:|');
const literal = ['--filter', 'contains', '-p', 'text=Googlebot', '-o', join(folder, 'out')];
const all = Math.min(2, availableParallelism());
for (const j of [...new Set([1, all])]) {
  await compare(`literal, from a file, -j${j}`, ['run', log, '-j', String(j), ...literal]);
  await compare(`regex, from a file, -j${j}`, [
    'run',
    log,
    '-j',
    String(j),
    '--filter',
    'regex',
    '-p',
    'pattern= 5\\d\\d ',
    '-c',
  ]);
  await compare(`literal, from standard input, -j${j}`, ['run', '-', '-j', String(j), ...literal], true);
}
const packed = join(folder, 'log.gz');
await once(spawn('sh', ['-c', `head -c 268435456 "$0" | gzip -1 > "$1"`, log, packed]), 'close');
for (const j of [...new Set([1, all])])
  await compare(`literal, 256 MiB from gzip, -j${j}`, ['run', packed, '-j', String(j), ...literal]);

const sample = async (count, step) => {
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint();
    const other = await step(i);
    times.push(other ?? Number(process.hrtime.bigint() - start) / 1e6);
  }
  return times;
};
const ms = (number) => `${number.toFixed(2)} ms`;
console.log('\n| | |\n|---|--:|');
for (const sandbox of [false, true]) {
  const starts = await sample(31, () => {
    const start = process.hrtime.bigint();
    const plugin = loadPlugin(builtIn('contains'), { config: { text: 'x' }, isolate: { sandbox } });
    const taken = Number(process.hrtime.bigint() - start) / 1e6;
    plugin.close();
    return taken;
  });
  console.log(
    `| a plugin loaded and ready, from Node${sandbox ? ', sandboxed' : ''}: median | ${ms(median(starts))} |`,
  );
}
{
  /** Returns the milliseconds from a call that hangs to its error. */
  const failing = async (fault, count, isolate) => {
    const plugin = loadPlugin(misbehaving, { isolate, config: { fault } });
    const times = await sample(count, () => {
      plugin.filter.test('sound');
      const start = process.hrtime.bigint();
      try {
        plugin.filter.test('POISON');
      } catch {
        return Number(process.hrtime.bigint() - start) / 1e6;
      }
    });
    plugin.close();
    return times;
  };
  for (const [fault, title] of [
    ['null-read', 'from the call that crashes to the error, with its trace'],
    ['raise-kill', 'from the call that is killed to the error'],
  ]) {
    const times = await failing(fault, 200, true);
    console.log(`| ${title}: median, p99 | ${ms(median(times))}, ${ms(percentile(times, 0.99))} |`);
  }
  const callTimeout = 200;
  const times = (await failing('loop', 20, { callTimeout })).map((taken) => taken - callTimeout);
  console.log(
    `| a hang noticed, behind its deadline: median, worst | ${ms(median(times))}, ${ms(Math.max(...times))} |`,
  );
}
const lines = Array.from({ length: 8400 }, (_, i) => `${i} ${'some words and more of them '.repeat(4)}\n`).join('');
const half = lines.indexOf('\n', lines.length / 2) + 1;
const one = join(folder, 'one');
writeFileSync(one, `${lines.slice(0, half)}POISON\n${lines.slice(half)}`);
for (const [fault, title] of [
  ['null-read', 'a line found in a block of 1 MiB by a pointer to it'],
  ['raise-kill', 'the same without a word, by halving'],
]) {
  const plain = loadPlugin(misbehaving, { isolate: true, config: { fault: '' } });
  const bad = loadPlugin(misbehaving, { isolate: true, config: { fault } });
  const timed = async (plugin) => {
    const start = process.hrtime.bigint();
    const { faults } = await run([one], { stages: [{ filter: plugin }], blockSize: 4 << 20 });
    const taken = Number(process.hrtime.bigint() - start) / 1e6;
    if (faults.length !== (plugin === bad ? 1 : 0)) throw new Error('the faults are not those that were asked for');
    return taken;
  };
  const without = median(await sample(21, () => timed(plain)));
  const times = (await sample(21, () => timed(bad))).map((taken) => taken - without);
  console.log(`| ${title}: median | ${ms(median(times))} |`);
  plain.close();
  bad.close();
}
