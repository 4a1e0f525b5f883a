// Whole processes side by side, start-up included: host against ripgrep and GNU grep, on the same file, output to a
// file. The bytes that come out are compared before a time is believed.
//
//   npm run bench                 a log of 1 GiB, medians of 5
//   npm run bench -- --mib 256 --runs 9 --file my.log
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeCorpus } from './corpus.mjs';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    file: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'plughost-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const host = fileURLToPath(new URL('../bin/host.js', import.meta.url));
const log = values.file ?? join(folder, 'corpus.log');
if (!values.file) writeCorpus(log, Number(values.mib));
const output = join(folder, 'out');

// Reading a certificate bundle at every start is a cost of the environment, not of Node.
const { NODE_EXTRA_CA_CERTS: _, ...env } = { ...process.env, LC_ALL: 'C' };
const timer = existsSync('/usr/bin/time') ? ['/usr/bin/time', '-f', '%M', '-o', join(folder, 'peak')] : [];

/** Runs a command with its output in a file: milliseconds, peak KiB if it can be known, and the status. */
function once(command) {
  const out = openSync(output, 'w');
  const [program, ...args] = [...timer, ...command];
  const start = process.hrtime.bigint();
  const { status } = spawnSync(program, args, { stdio: ['ignore', out, 'inherit'], env });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  closeSync(out);
  const peak =
    timer.length > 0 ? Number(readFileSync(join(folder, 'peak'), 'utf8').trim().split('\n').at(-1)) : undefined;
  return { ms, peak, status };
}

const digest = () => createHash('sha256').update(readFileSync(output)).digest('hex');
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;

const regex = (pattern) => ['--filter', 'regex', '-p', `pattern=${pattern}`];
const tasks = [
  {
    name: 'literal, by contains',
    filter: ['--filter', 'contains', '-p', 'text=Googlebot'],
    rg: ['-F', 'Googlebot'],
    grep: ['-F', 'Googlebot'],
  },
  { name: 'literal', filter: regex('Googlebot'), rg: ['Googlebot'], grep: ['-E', 'Googlebot'] },
  {
    name: 'alternation',
    filter: regex('Googlebot|YandexBot|bingbot'),
    rg: ['Googlebot|YandexBot|bingbot'],
    grep: ['-E', 'Googlebot|YandexBot|bingbot'],
  },
  { name: 'status 5xx', filter: regex('" 5\\d\\d '), rg: ['" 5\\d\\d '], grep: ['-E', '" 5[0-9][0-9] '] },
  {
    name: 'no literal',
    filter: regex('[a-z]+\\d+[a-z]+\\d+'),
    rg: ['[a-z]+\\d+[a-z]+\\d+'],
    grep: ['-E', '[a-z]+[0-9]+[a-z]+[0-9]+'],
  },
  { name: 'every line', filter: regex('^'), rg: ['^'], grep: ['-E', '^'] },
];

const rows = [];
for (const task of tasks) {
  const commands = {
    'host -j1': [process.execPath, host, 'run', log, ...task.filter, '-j', '1'],
    host: [process.execPath, host, 'run', log, ...task.filter],
    ...(has('rg') && { rg: ['rg', '-a', '-N', '--no-config', ...task.rg, log] }),
    ...(has('grep') && { grep: ['grep', '-a', ...task.grep, log] }),
  };
  // The first round only warms up and compares.
  const digests = Object.entries(commands).map(([name, command]) => [name, once(command).status, digest()]);
  for (const [name, status, bytes] of digests) {
    if (bytes !== digests[0][2])
      throw new Error(`${task.name}: ${name} (status ${status}) gives other bytes than ${digests[0][0]}`);
  }
  const lines = readFileSync(output).reduce((count, byte) => count + (byte === 10), 0);
  // In turns, so that a slow moment of the machine meets everybody.
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  const peaks = Object.fromEntries(Object.keys(commands).map((name) => [name, 0]));
  for (let i = 0; i < Number(values.runs); i++) {
    for (const [name, command] of Object.entries(commands)) {
      const { ms, peak } = once(command);
      times[name].push(ms);
      peaks[name] = Math.max(peaks[name], peak ?? 0);
    }
  }
  rows.push({
    name: task.name,
    lines,
    times: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)])),
    peaks,
  });
}

const size = statSync(log).size;
const peers = Object.keys(rows[0].times);
console.log(
  `${(size / 2 ** 20).toFixed(0)} MiB, medians of ${values.runs}, milliseconds of the whole process (peak MiB); Node ${process.versions.node}`,
);
console.log(`| task | lines kept | ${peers.join(' | ')} | host -j1 / rg | host / rg |`);
console.log(`|---|--:|${peers.map(() => '--:|').join('')}--:|--:|`);
for (const { name, lines, times, peaks } of rows) {
  const cells = peers.map(
    (peer) => `${times[peer].toFixed(0)}${peaks[peer] ? ` (${(peaks[peer] / 1024).toFixed(0)})` : ''}`,
  );
  const ratio = (ours) => (times.rg ? (times[ours] / times.rg).toFixed(2) : '');
  console.log(
    `| ${name} | ${lines.toLocaleString('en-US')} | ${cells.join(' | ')} | ${ratio('host -j1')} | ${ratio('host')} |`,
  );
}
