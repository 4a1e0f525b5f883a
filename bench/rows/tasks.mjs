// The questions that bench/rows.mjs asks, and how each program answers them.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const host = fileURLToPath(new URL('../../bin/host.js', import.meta.url));
const script = fileURLToPath(new URL('answer.py', import.meta.url));

const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
/** Returns why a program is missing, or nothing. */
const lacking = (program, ...args) => (runs(program, ...args) ? undefined : 'it is not installed');

const awk = (program, field) => ({
  name: program,
  why: lacking(program, 'BEGIN { exit 0 }'),
  command: ({ log, json }) => !json && [program, `{ n[$${field}]++ } END { for (key in n) print key "," n[key] }`, log],
  slow: true,
});

const ours = (name, ...flags) => ({
  name,
  command: ({ log, json, column }) => [
    ...[process.execPath, host, 'run', log, '--parse', json ? 'json' : 'access'],
    ...['--aggregate', 'count', '--by', column, ...flags],
  ],
  // The first line has the names.
  answer: (text) => text.slice(text.indexOf('\n') + 1),
});

const python = (python, library, threads) => ({
  name: `${library} -j${threads}`,
  why: lacking(python, '-c', `import ${library}`),
  command: ({ log, json, column }) => [python, script, library, String(threads), json ? 'json' : 'access', column, log],
  slow: true,
});

const miller = {
  name: 'Miller',
  why: lacking('mlr', '--version'),
  command: ({ log, json, field, column }) => [
    ...['mlr', ...(json ? ['--ijsonl'] : ['--inidx', '--ifs', ' ']), '--ocsv', '--headerless-csv-output'],
    ...['count-distinct', '-f', json ? column : String(field), log],
  ],
  slow: true,
};

const jq = {
  name: 'jq',
  why: lacking('jq', '--version'),
  command: ({ log, json, column }) => {
    const count = `reduce inputs as $line ({}; .[$line.${column} | tostring] += 1)`;
    return json && ['jq', '-rn', `${count} | to_entries[] | "\\(.key),\\(.value)"`, log];
  },
  slow: true,
};

const angleGrinder = {
  name: 'angle-grinder',
  why: lacking('agrind', '--version'),
  command: ({ log, json, column }) => {
    const read = json ? 'json' : 'parse "\\"* * *\\" * " as method, path, protocol, status';
    return ['agrind', `* | ${read} | count as n by ${column}`, '-f', log, '-o', `format={${column}},{n}`];
  },
  slow: true,
};

/** Returns the questions of the logs, and the programs that answer them. */
export function tasksFor({ access, json, interpreter }) {
  const peers = (field) => [
    ours('plughost -j1', '-j', '1'),
    ours('plughost -j2', '-j', '2'),
    awk('mawk', field),
    awk('gawk', field),
    python(interpreter, 'duckdb', 1),
    python(interpreter, 'polars', 1),
    miller,
    jq,
    angleGrinder,
  ];
  return [
    { name: 'count by status', log: access, column: 'status', field: 9, programs: peers(9) },
    { name: 'count by path', log: access, column: 'path', field: 7, programs: peers(7) },
    { name: 'JSON: count by status', log: json, json: true, column: 'status', programs: peers(0) },
  ];
}
