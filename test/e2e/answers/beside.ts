// Asks plughost and other tools the same questions about a log, and compares the answers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { difference, type Rows } from './answer.js';
import { askDuckdb, type DuckdbAnswers } from './duckdb.js';
import type { Log } from './logs.js';
import { askPlughost, askUnparsed } from './plughost.js';
import { type Question, questionsFor } from './questions.js';
import { askAwk, askJq, askMiller, TOOLS } from './text-tools.js';

/** Returns whether a line has the format of its log and no row. */
const isSkipped = (line: string, { parse }: Log): boolean =>
  parse[0] !== 'regex' && (/^\s*$/.test(line) || (parse.includes('header=w3c') && line.startsWith('#')));

export interface Comparison {
  lines: number;
  /** How many lines do not fit. */
  unfit: number;
  questions: number;
  /** How many answers of each tool are as plughost's. */
  equal: Record<string, number>;
  differences: string[];
}

/** Returns the middle one of values that occur. */
const middle = (rows: Rows, column: number, isNumber: boolean): string => {
  const values = rows.map((row) => row[column]).filter((cell) => cell !== null && cell !== undefined);
  const sorted = isNumber ? values.toSorted((a, b) => Number(a) - Number(b)) : values.toSorted();
  return sorted[Math.floor(sorted.length / 2)] ?? '0';
};

const written = (nanoseconds: bigint): string =>
  `${new Date(Number(nanoseconds / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}Z`;

/** Chooses values that occur, so that each condition holds for some rows and not for others. */
function valuesOf(log: Log, rows: Rows) {
  const at = (column: string | undefined) => Object.keys(log.columns).indexOf(column ?? '');
  const times = rows.flatMap((row) => row[at(log.time)] ?? []).map(BigInt);
  const sorted = times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const quarter = (number: number) => sorted[Math.floor((sorted.length * number) / 4)] ?? 0n;
  return {
    text: middle(rows, at(log.text), false),
    number: Number(middle(rows, at(log.number), true)),
    since: written(quarter(1)),
    // A second later, so that something is between them where all times are the same.
    until: written(quarter(3) + 1_000_000_000n),
  };
}

/** What Miller reads: of the extended format of W3C the fields of its first header, and the lines without the comments. */
const forMiller = (log: Log, lines: string[]): string =>
  log.miller?.includes('--icsvlite')
    ? [
        lines.find((line) => line.startsWith('#Fields: '))?.slice('#Fields: '.length),
        ...lines.filter((line) => !line.startsWith('#')),
        '',
      ].join('\n')
    : `${lines.join('\n')}\n`;

/** Compares the answers about the log at a path. `folder` is for files in between; `duckdb` says whether it is asked. */
export async function compare(path: string, log: Log, folder: string, duckdb: boolean): Promise<Comparison> {
  const encoding = log.encoding ?? 'utf8';
  const text = readFileSync(path).toString(encoding);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const [csv, ...rest] = questionsFor(log, { text: '', number: 0, since: '', until: '' });
  const rows = await askPlughost(path, log, csv as Question);
  const questions = [csv as Question, ...rest.map((_, i) => questionsFor(log, valuesOf(log, rows))[i + 1] as Question)];
  const differences: string[] = [];
  const equal: Record<string, number> = {};
  const note = (tool: string, question: Question, given: Rows, other: Rows | string | undefined) => {
    if (other === undefined) return;
    const found = typeof other === 'string' ? other : difference(given, other, question);
    if (found === undefined) equal[tool] = (equal[tool] ?? 0) + 1;
    else differences.push(`${log.file}, ${question.name}, beside ${tool}: ${found}`);
  };
  let theirs: DuckdbAnswers | undefined;
  if (duckdb) theirs = askDuckdb(lines, log, questions, join(folder, 'lines.json'));
  const unparsed = await askUnparsed(path, log, join(folder, 'unparsed'));
  const unfit = unparsed.toString(encoding).split('\n').length - 1;
  if (theirs) {
    const left = lines
      .filter((line, i) => !theirs.fitting.has(i + 1) && !isSkipped(line, log))
      .map((line) => `${line}\n`);
    const found = difference([[unparsed.toString(encoding)]], [[left.join('')]], { name: 'unparsed', by: [] });
    if (found) differences.push(`${log.file}, lines that do not fit, beside DuckDB: ${found}`);
  }
  for (const [i, question] of questions.entries()) {
    const given = i === 0 ? rows : await askPlughost(path, log, question);
    note('DuckDB', question, given, theirs?.answers[i]);
    if (encoding !== 'utf8') continue;
    for (const tool of ['mawk', 'gawk'] as const)
      if (TOOLS[tool]) note(tool, question, given, askAwk(tool, text, log, question));
    if (TOOLS.jq) note('jq', question, given, askJq(text, log, question));
    if (TOOLS.mlr) note('mlr', question, given, askMiller(forMiller(log, lines), log, question));
  }
  return { lines: lines.length, unfit, questions: questions.length, equal, differences };
}
