// Asks DuckDB, by its package for Python. DuckDB splits the lines itself, by the SQL of a log.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cellOf, nanosecondsOf, type Rows } from './answer.js';
import type { Log } from './logs.js';
import type { Condition, Key, Question, Step } from './questions.js';

/** A Python that has DuckDB, as PYTHON names it. */
const PYTHON = process.env.PYTHON ?? 'python3';

/** Why DuckDB is not asked. Empty if it is. */
export const noDuckdb =
  spawnSync(PYTHON, ['-c', 'import duckdb']).status === 0
    ? ''
    : `${PYTHON} has no package duckdb; PYTHON=… names another`;

// Runs statements, and prints the rows of each as JSON. Whole numbers are texts, because JavaScript's are no 64 bits.
const PROGRAM = `
import duckdb, json, sys
given = json.load(sys.stdin)
connection = duckdb.connect()
for statement in given['first']:
    connection.execute(statement)
def cell(value):
    if isinstance(value, bool): return str(value).lower()
    return str(value) if isinstance(value, int) else value
answers = []
for statement in given['questions']:
    try:
        answers.append([[cell(value) for value in row] for row in connection.execute(statement).fetchall()])
    except Exception as error:
        answers.append(str(error) + ' in ' + statement)
json.dump(answers, sys.stdout)
`;

const name = (column: string): string => `"${column}"`;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function value(log: Log, column: string, of: number | string): string {
  if (log.columns[column] === 'time') return nanosecondsOf(`${of}`);
  return typeof of === 'number' ? `${of}` : quoted(of);
}

/** Writes a condition. No value makes a comparison false, as in plughost, and not unknown. */
function condition(log: Log, asked: Condition): string {
  switch (asked.is) {
    case 'matches':
      return `coalesce(regexp_matches(${name(asked.column)}, ${quoted(asked.pattern)}), false)`;
    case 'in':
      return `coalesce(${name(asked.column)} IN (${asked.values.map((one) => value(log, asked.column, one))}), false)`;
    case 'has':
      return `${name(asked.column)} IS NOT NULL`;
    case 'and':
    case 'or':
      return `(${asked.both.map((one) => condition(log, one)).join(` ${asked.is.toUpperCase()} `)})`;
    case 'not':
      return `NOT (${condition(log, asked.one)})`;
    default:
      return `coalesce(${name(asked.column)} ${asked.is} ${value(log, asked.column, asked.value)}, false)`;
  }
}

const DAY = 86_400_000_000_000n;
const WIDTHS: Record<Exclude<Step, 'log2' | '1w'>, bigint> = {
  '1m': DAY / 1440n,
  '1h': DAY / 24n,
  '1d': DAY,
  '1k': 1000n,
};

function key({ column, step }: Key): string {
  const of = name(column);
  if (!step) return of;
  if (step === 'log2') return `CASE WHEN ${of} = 0 THEN 0 ELSE 2 ** floor(log2(${of})) END::BIGINT`;
  // 1970 began on a Thursday, and weeks begin on Mondays.
  if (step === '1w') return `(${of} + ${3n * DAY}) // ${7n * DAY} * ${7n * DAY} - ${3n * DAY}`;
  return `${of} // ${WIDTHS[step]} * ${WIDTHS[step]}`;
}

function measures(log: Log, { measure }: Question): string[] {
  if (!measure || measure.of === 'count') return ['count(*)'];
  const of = name(measure.column);
  switch (measure.of) {
    case 'stats':
      // fsum adds without losing what naive sums lose.
      return [`count(${of})`, `sum(${of})::BIGINT`, `min(${of})`, `max(${of})`, `fsum(${of}) / count(${of})`];
    case 'distinct':
      return [`count(DISTINCT ${of})`];
    case 'quantiles':
      return measure.at.map(
        (at) =>
          `list_sort(list(${of}) FILTER (${of} IS NOT NULL))[greatest(1, ceil(count(${of}) * ${at}::DECIMAL(9, 6) / 100))::BIGINT]`,
      );
    default: {
      const time = measure.of === 'first' ? name(log.time as string) : `-${name(log.time as string)}`;
      return [
        `min({'at': ${time}, 'text': ${of}}) FILTER (${of} IS NOT NULL AND ${name(log.time as string)} IS NOT NULL).text`,
      ];
    }
  }
}

function sql(log: Log, question: Question): string {
  const where = question.where ? ` WHERE ${condition(log, question.where)}` : '';
  if (!question.measure) return `SELECT ${Object.keys(log.columns).map(name)} FROM rows${where} ORDER BY n`;
  const keys = question.by.map(key);
  const order = keys.map((_, i) => `${i + 1} NULLS FIRST`);
  if (question.top) order.unshift(`${keys.length + 1} DESC`);
  const grouped = keys.length > 0 ? ` GROUP BY ${keys.map((_, i) => i + 1)} ORDER BY ${order}` : '';
  const limit = question.top ? ` LIMIT ${question.top}` : '';
  return `SELECT ${[...keys, ...measures(log, question)]} FROM rows${where}${grouped}${limit}`;
}

export interface DuckdbAnswers {
  /** The numbers of the lines that have a row, from 1 on. */
  fitting: Set<number>;
  /** An answer for each question, or why there is none. */
  answers: (Rows | string)[];
}

/** Asks all questions about a log. `scratch` is a file for its lines. */
export function askDuckdb(lines: string[], log: Log, questions: readonly Question[], scratch: string): DuckdbAnswers {
  writeFileSync(scratch, lines.map((line, i) => `${JSON.stringify({ n: i + 1, line })}\n`).join(''));
  const first = [
    `CREATE TABLE lines AS SELECT * FROM read_json(${quoted(scratch)}, format = 'newline_delimited', columns = {n: 'BIGINT', line: 'VARCHAR'})`,
    `CREATE TABLE rows AS ${log.sql}`,
  ];
  const input = JSON.stringify({ first, questions: ['SELECT n FROM rows', ...questions.map((one) => sql(log, one))] });
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', PROGRAM], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`DuckDB, ${log.file}: ${stderr}`);
  const [numbers, ...answers] = JSON.parse(stdout) as (unknown[][] | string)[];
  if (typeof numbers === 'string') throw new Error(numbers);
  return {
    fitting: new Set(numbers?.map(([n]) => Number(n))),
    answers: answers.map((rows) =>
      typeof rows === 'string' ? rows : rows.map((row) => row.map((cell) => cellOf(cell))),
    ),
  };
}
