// Measures one filter in every form of plugin, in every place where it can run: whole processes, in turns, the same bytes
// checked. Prints the figures of docs/forms/boundaries.md.
//
//   npm run bench:boundaries [-- --mib 1024 --runs 5 --file LOG --workers 1]
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { discover } from '../dist/index.js';
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
  },
});

const folder = mkdtempSync(join(tmpdir(), 'plughost-boundaries-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const log = values.file ?? join(folder, 'log');
if (!values.file) writeCorpus(log, Number(values.mib));

const built = new Set(discover(fileURLToPath(new URL('../build/plugins', import.meta.url))).map(({ name }) => name));

/** Writes a plugin and returns its path. */
function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const rules = (name, keep) =>
  file(
    `${name}.rules.json`,
    JSON.stringify({ rules: 1, id: `org.example.${name}`, name, version: '1.0.0', keep }, undefined, 2),
  );
const script = (name, text) =>
  file(`${name}.js`, `/* plughost {"id": "org.example.${name}", "name": "${name}", "version": "1.0.0"} */\n${text}\n`);

const PLACES = ['in-process', 'isolated', 'sandboxed'];
const TEXT = 'ERROR';
const PATTERN = '(ERROR|FATAL) +\\[';

/** What is searched for, and the plugins that find it. The first one is what the others are compared with. */
const TASKS = [
  {
    name: `the text ${TEXT}`,
    plugins: [
      { name: 'library in C (contains)', plugin: ['contains', '-p', `text=${TEXT}`] },
      { name: 'rules', plugin: [rules('text', { text: TEXT })] },
      {
        name: 'script with a literal',
        plugin: [
          script(
            'hinted',
            `export const literals = ['${TEXT}'];\nexport default () => ({ filter: (line) => line.includes('${TEXT}') });`,
          ),
        ],
      },
      {
        name: 'script',
        slow: true,
        plugin: [script('plain', `export default () => ({ filter: (line) => line.includes('${TEXT}') });`)],
      },
    ],
  },
  {
    name: `the pattern ${PATTERN}`,
    plugins: [
      { name: 'library in Rust (regex)', needs: 'regex', plugin: ['regex', '-p', `pattern=${PATTERN}`] },
      {
        name: 'library in C (patterns)',
        needs: 'patterns',
        plugin: ['patterns', '-p', `patterns=["${PATTERN.replace('\\', '\\\\')}"]`],
      },
      { name: 'rules', plugin: [rules('pattern', { regex: PATTERN })] },
      {
        name: 'script',
        slow: true,
        plugin: [
          script(
            'pattern',
            `const pattern = /${PATTERN}/;\nexport default () => ({ filter: (line) => pattern.test(line) });`,
          ),
        ],
      },
    ],
  },
];

const measure = new Measure(folder, Number(values.runs));
const run = (input, plugin, place) => [
  ...[process.execPath, host, 'run', input, '--filter', ...plugin],
  ...['-j', values.workers, '--boundary', place],
];
const nothing = file('empty.log', '');

const { processor, kernel, node } = machine();
const gigabytes = statSync(log).size / 1e9;
console.log(`${processor}, ${kernel}, Node ${node}`);
console.log(`${(statSync(log).size / MIB).toFixed(0)} MiB of log, ${values.workers} worker, medians of ${values.runs}`);
for (const { name, plugins } of TASKS) {
  const commands = plugins
    .filter(({ needs }) => needs === undefined || built.has(needs))
    .flatMap(({ name, plugin, slow }) => PLACES.map((place) => ({ name: `${name} | ${place}`, plugin, place, slow })));
  let expected;
  const figures = await measure.turns(
    commands.map(({ name, plugin, place, slow }) => ({ name, slow, line: run(log, plugin, place) })),
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
    commands.map(({ name, plugin, place }) => ({ name, line: run(nothing, plugin, place) })),
  );
  const first = figures[commands[0].name];
  console.log(`\n| ${name} | place | GB/s | GB per s of processor | speed beside the first | start ms | MiB |`);
  console.log('|---|---|--:|--:|--:|--:|--:|');
  for (const { name } of commands) {
    const { ms, cpu, peak } = figures[name];
    const cells = [(gigabytes / ms) * 1e3, (gigabytes / cpu) * 1e3, first.ms / ms].map((number) => number.toFixed(2));
    console.log(`| ${name} | ${cells.join(' | ')} | ${starts[name].ms.toFixed(0)} | ${peak.toFixed(0)} |`);
  }
}
