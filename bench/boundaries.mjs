// Measures one filter in every form of plugin, in every place where it can run: whole processes, in turns, the same bytes
// checked. Prints the tables of docs/forms/boundaries.md.
//
//   npm run bench:boundaries [-- --mib 1024 --runs 5 --file LOG --workers 1 --forms 'rules,script' --places in-process]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PLACES, tasksFor } from './boundaries/tasks.mjs';
import { writeCorpus } from './corpus.mjs';
import { machine } from './machine.mjs';
import { digestOf } from './measure/digest.mjs';
import { Measure } from './measure.mjs';

const host = fileURLToPath(new URL('../bin/host.js', import.meta.url));
const MIB = 1 << 20;

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    file: { type: 'string' },
    workers: { type: 'string', default: '1' },
    // Parts of the names of forms. The first one of a task is always measured.
    forms: { type: 'string', default: '' },
    places: { type: 'string', default: PLACES.join(',') },
  },
});
const forms = values.forms.split(',');
const places = values.places.split(',');

const folder = mkdtempSync(join(tmpdir(), 'plughost-boundaries-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const log = values.file ?? join(folder, 'log');
if (!values.file) writeCorpus(log, Number(values.mib));
const nothing = join(folder, 'empty.log');
writeFileSync(nothing, '');

const measure = new Measure(folder, Number(values.runs));
const run = (input, words, place) => [
  ...[process.execPath, host, 'run', input, '--filter', ...words],
  ...['-j', values.workers, '--boundary', place],
];
const gigabytes = statSync(log).size / 1e9;

/** Returns the rows of a task that are measured: each form in each place. Says which forms are left out, and why. */
async function rowsOf({ plugins }) {
  const wanted = plugins.filter(({ form }, i) => i === 0 || forms.some((part) => form.includes(part)));
  const rows = [];
  for (const { form, slow, lacks, make, places: own } of wanted) {
    const { words, lacks: why } = lacks ? { lacks } : await make();
    if (why) console.error(`left out: ${form}: ${why}`);
    else
      for (const place of own.filter((one) => places.includes(one)))
        rows.push({ name: `${form} | ${place}`, form, words, place, slow });
  }
  return rows;
}

/** Measures a task and prints its table. */
async function measureTask(task) {
  const rows = await rowsOf(task);
  let expected;
  const figures = await measure.turns(
    rows.map(({ name, words, place, slow }) => ({ name, slow, line: run(log, words, place) })),
    {
      input: log,
      check(command) {
        const { digest } = digestOf(measure.output, false);
        expected ??= digest;
        if (digest !== expected) throw new Error(`${command.name} gives other bytes`);
      },
    },
  );
  const starts = await measure.turns(
    rows.map(({ name, words, place }) => ({ name, line: run(nothing, words, place) })),
  );
  console.log(
    `\n| ${task.name} | place | GB/s | beside the first | beside in-process | GB per s of processor | beside the first | beside in-process | start ms | MiB |`,
  );
  console.log(`|---|---|${'--:|'.repeat(8)}`);
  const first = figures[rows[0].name];
  for (const { name, form } of rows) {
    const { ms, cpu, peak } = figures[name];
    const near = figures[`${form} | in-process`];
    const beside = (other, key) => (other ? (other[key] / figures[name][key]).toFixed(2) : '');
    const cells = [
      ...[((gigabytes / ms) * 1e3).toFixed(2), beside(first, 'ms'), beside(near, 'ms')],
      ...[((gigabytes / cpu) * 1e3).toFixed(2), beside(first, 'cpu'), beside(near, 'cpu')],
      ...[starts[name].ms.toFixed(0), peak.toFixed(0)],
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

/** Returns the names of the plugins and adapters that are there, and `builtin:NAME` for those that are linked in. */
function installedNames() {
  const { stdout, status, stderr } = spawnSync(process.execPath, [host, 'list', '--json'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`plughost list: ${stderr}`);
  const listed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const adapters = readdirSync(fileURLToPath(new URL('../build/plugins', import.meta.url)))
    .map((name) => /^lib(.*)\.so$/.exec(name)?.[1])
    .filter(Boolean);
  return new Set([...adapters, ...listed.map(({ form, name, path }) => (form === 'builtin' ? path : name))]);
}

const { processor, kernel, node } = machine();
console.log(`${processor}, ${kernel}, Node ${node}`);
console.log(
  `${(statSync(log).size / MIB).toFixed(0)} MiB of log, ${values.workers} worker, medians of ${values.runs}. Start: of an empty log. MiB: the most that one of the processes used.`,
);
for (const task of tasksFor(installedNames(), folder)) await measureTask(task);
// The server, if there is one, would keep this process.
process.exit();
