// Measures answers beside the programs that give them too: whole processes, in turns, the same answers checked.
//
//   npm run bench:rows [-- --mib 1024 --runs 5 --python python3 --only 'count by status,…']
//
// --python names an interpreter that has duckdb and polars. Programs that are missing are named and left out.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { Measure } from './measure.mjs';
import { writeAccess, writeJson } from './rows/logs.mjs';
import { reportTask } from './rows/report.mjs';
import { tasksFor } from './rows/tasks.mjs';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    python: { type: 'string', default: 'python3' },
    only: { type: 'string' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'plughost-rows-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const [access, json, combined] = ['access.log', 'access.jsonl', 'combined.log'].map((name) => join(folder, name));
const only = values.only?.split(',');
const isAsked = (name) => !only || only.includes(name);
writeAccess(access, Number(values.mib));
writeJson(access, json, Number(values.mib));
if (isAsked('report')) writeAccess(combined, Number(values.mib), { combined: true });

const measure = new Measure(folder, Number(values.runs));

/** Returns an answer as lines in one order, with no quotes around keys. */
const linesOf = (text) =>
  text
    .replaceAll('\r', '')
    .trim()
    .split('\n')
    .map((line) => line.replaceAll('"', '').trim())
    .sort();

async function measureTask(task) {
  const commands = task.programs.flatMap(({ name, why, command, answer, slow, varies }) => {
    const line = why ? undefined : command(task);
    if (why) console.error(`left out: ${name}: ${why}`);
    return line ? [{ name, slow, varies, line, answer }] : [];
  });
  let expected;
  const figures = await measure.turns(commands, {
    input: task.log,
    check({ name, answer = (text) => text }) {
      const lines = linesOf(answer(readFileSync(measure.output, 'utf8')));
      expected ??= lines;
      const other = lines.find((line, i) => line !== expected[i]);
      if (other !== undefined || lines.length !== expected.length)
        throw new Error(`${task.name}: ${name} gives another answer: ${other ?? `${lines.length} lines`}`);
    },
  });
  const gigabytes = statSync(task.log).size / 1e9;
  const first = figures[commands[0].name];
  console.log(
    `\n| ${task.name} | ms | processor ms | GB/s | plughost -j1 is faster by | MiB |\n|---|--:|--:|--:|--:|--:|`,
  );
  for (const { name } of commands) {
    const { ms, cpu, peak } = figures[name];
    const cells = [ms.toFixed(0), cpu.toFixed(0), ((gigabytes / ms) * 1e3).toFixed(2), (ms / first.ms).toFixed(2)];
    console.log(`| ${name} | ${[...cells, peak.toFixed(0)].join(' | ')} |`);
  }
}

const { processor, kernel, node } = machine();
console.log(`${processor}, ${kernel}, Node ${node}; ${values.mib} MiB of log, medians of ${values.runs}`);
const tasks = [...tasksFor({ access, json, interpreter: values.python }), reportTask(combined)];
for (const task of tasks) if (isAsked(task.name)) await measureTask(task);
