// Asks plughost.
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { exec, HOST } from '../command.js';
import { type Cell, cellOf, type Rows, timesOf } from './answer.js';
import type { Log } from './logs.js';
import { argumentsOf, type Question } from './questions.js';

async function run(path: string, log: Log, args: string[]): Promise<{ stdout: Buffer; stderr: string }> {
  const outcome = await exec(HOST, ['run', path, '--parse', ...log.parse, ...args]);
  // 1: there is no row.
  if (outcome.status !== 0 && outcome.status !== 1) throw new Error(`plughost: ${args.join(' ')}: ${outcome.stderr}`);
  return outcome;
}

/** Reads CSV as RFC 4180 has it, in which no value is nothing and an empty text is "". */
export function readCsv(text: string): Rows {
  const rows: Rows = [];
  let row: Cell[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    if (end !== '\n') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** Returns a value of an object that jsonl wrote. Bytes that are no UTF-8 are in base64, and the name says so. */
const textOf = (name: string, value: unknown, encoding: BufferEncoding): unknown =>
  name.endsWith('_bytes') ? Buffer.from(`${value}`, 'base64').toString(encoding) : value;

/** Returns plughost's answer. */
export async function askPlughost(path: string, log: Log, question: Question): Promise<Rows> {
  const encoding = log.encoding ?? 'utf8';
  const { stdout } = await run(path, log, argumentsOf(log, question));
  const times = timesOf(log, question);
  if (question.as === 'csv') {
    const text = stdout.toString(encoding);
    const [header, ...rows] = readCsv(text);
    if (`${header}` !== `${Object.keys(log.columns)}`) throw new Error(`the header is ${header}`);
    return rows.map((row) => row.map((cell, i) => cellOf(cell, times[i])));
  }
  const lines = stdout.toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const object = JSON.parse(line) as Record<string, unknown>;
    return Object.entries(object).map(([name, value], i) => cellOf(textOf(name, value, encoding), times[i]));
  });
}

/** Returns the bytes of the lines that do not fit. */
export async function askUnparsed(path: string, log: Log, to: string): Promise<Buffer> {
  await run(path, log, ['--aggregate', 'count', '--unparsed', to]);
  return readFileSync(to);
}
