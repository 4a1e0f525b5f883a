// Questions about rows, which each tool writes in its own language.
import type { Log } from './logs.js';

/** What rows are asked for: an operator, a column and a value, or several conditions. Times are such as 2015-05-17T10:05:03Z. */
export type Condition =
  | { is: '=' | '!=' | '<' | '>='; column: string; value: number | string }
  | { is: 'matches'; column: string; pattern: string }
  | { is: 'in'; column: string; values: (number | string)[] }
  | { is: 'has'; column: string }
  | { is: 'and' | 'or'; both: [Condition, Condition] }
  | { is: 'not'; one: Condition };

export type Step = '1m' | '1h' | '1d' | '1w' | '1k' | 'log2';

export interface Key {
  column: string;
  step?: Step;
}

export type Measure =
  | { of: 'count' }
  | { of: 'stats' | 'distinct' | 'first' | 'last'; column: string }
  | { of: 'quantiles'; column: string; at: number[] };

export interface Question {
  name: string;
  where?: Condition;
  /** The same condition by --since and --until. */
  between?: [since: string, until: string];
  by: Key[];
  /** Nothing asks for the rows themselves. */
  measure?: Measure;
  /** Of so many groups with the largest counts, and of equal ones those with the smaller keys. */
  top?: number;
  /** How rows are written. */
  as?: 'csv' | 'jsonl';
}

const text = (value: number | string): string =>
  typeof value === 'number' || /^\d{4}-\d\d-\d\dT/.test(value)
    ? `${value}`
    : `'${value.replaceAll(/[\\']/g, (letter) => `\\${letter}`)}'`;

const name = (column: string): string => (/^[\w.@$-]+$/.test(column) ? column : `\`${column}\``);

/** Writes a condition for --where. */
export function conditionText(condition: Condition): string {
  switch (condition.is) {
    case 'matches':
      return `${name(condition.column)} ~ ${text(condition.pattern)}`;
    case 'in':
      return `${name(condition.column)} in (${condition.values.map(text).join(', ')})`;
    case 'has':
      return `has(${name(condition.column)})`;
    case 'and':
    case 'or':
      return `(${condition.both.map(conditionText).join(` ${condition.is} `)})`;
    case 'not':
      return `not (${conditionText(condition.one)})`;
    default:
      return `${name(condition.column)} ${condition.is} ${text(condition.value)}`;
  }
}

/** Loses no bytes. */
const JSONL = ['--export', 'jsonl', '-p', 'base64=true'];

/** Returns the arguments of `plughost run` after the file and the parser. */
export function argumentsOf(log: Log, { where, between, by, measure, top, as }: Question): string[] {
  const args = between
    ? ['--since', between[0], '--until', between[1]]
    : where
      ? ['--where', conditionText(where)]
      : [];
  if (between && log.time) args.push('--time-column', log.time);
  if (!measure) {
    const columns = Object.entries(log.columns).map(([column, type]) => `${column}:${type}`);
    return [...args, '--columns', columns.join(), ...(as === 'csv' ? ['--export', 'csv'] : JSONL)];
  }
  args.push('--aggregate', measure.of);
  if (measure.of !== 'count') args.push('-p', `of=${measure.column}`);
  if (measure.of === 'quantiles') args.push('-p', `at=${measure.at}`);
  if ((measure.of === 'first' || measure.of === 'last') && log.time !== 'time') args.push('-p', `by=${log.time}`);
  if (by.length > 0) args.push('--by', by.map(({ column, step }) => (step ? `${column}:${step}` : column)).join());
  if (top) args.push('--sort', ['-count', ...by.map(({ column }) => column)].join(), '--limit', `${top}`);
  return [...args, ...JSONL];
}

/** What is asked of every log, as far as it has such columns. `values` are some that occur in it. */
export function questionsFor(
  log: Log,
  values: { text: string; number: number; since: string; until: string },
): Question[] {
  const { number, time } = log;
  const count: Measure = { of: 'count' };
  const group: Key[] = [{ column: log.text }];
  const is = (operator: '=' | '!=' | '<' | '>=', column: string, value: number | string): Condition => ({
    is: operator,
    column,
    value,
  });
  const questions: Question[] = [
    { name: 'rows as csv', by: [], as: 'csv' },
    { name: 'rows as jsonl', by: [], as: 'jsonl' },
    { name: 'count', by: [], measure: count },
    { name: 'count by text', by: group, measure: count },
    { name: 'count by two', by: [...group, { column: log.many }], measure: count },
    { name: 'top', by: [{ column: log.many }], measure: count, top: 7 },
    { name: 'distinct', by: [], measure: { of: 'distinct', column: log.many } },
    { name: 'distinct by text', by: group, measure: { of: 'distinct', column: log.many } },
    { name: 'where text', where: is('=', log.text, values.text), by: group, measure: count },
    { name: 'where other text', where: is('!=', log.text, values.text), by: group, measure: count },
    {
      name: 'where pattern',
      where: { is: 'matches', column: log.many, pattern: '[0-9a]$' },
      by: group,
      measure: count,
    },
    {
      name: 'where one of several',
      where: { is: 'not', one: { is: 'in', column: log.text, values: [values.text, "it's \\ not"] } },
      by: [],
      measure: count,
    },
  ];
  if (number) {
    const above = is('>=', number, values.number);
    questions.push(
      { name: 'stats', by: [], measure: { of: 'stats', column: number } },
      { name: 'stats by text', by: group, measure: { of: 'stats', column: number } },
      { name: 'quantiles', by: [], measure: { of: 'quantiles', column: number, at: [0, 1, 50, 90, 99.9, 100] } },
      { name: 'quantiles by text', by: group, measure: { of: 'quantiles', column: number, at: [50, 99] } },
      { name: 'where number', where: above, by: group, measure: count },
      { name: 'steps of a number', by: [{ column: number, step: '1k' }], measure: count },
      { name: 'steps of powers', by: [{ column: number, step: 'log2' }], measure: count },
      {
        name: 'where several',
        where: {
          is: 'or',
          both: [
            { is: 'and', both: [above, is('=', log.text, values.text)] },
            { is: 'not', one: { is: 'has', column: number } },
          ],
        },
        by: group,
        measure: count,
      },
    );
  }
  if (time) {
    const between: [string, string] = [values.since, values.until];
    const where: Condition = { is: 'and', both: [is('>=', time, between[0]), is('<', time, between[1])] };
    questions.push(
      { name: 'first by text', by: group, measure: { of: 'first', column: log.many } },
      { name: 'last by text', by: group, measure: { of: 'last', column: log.many } },
      { name: 'where times', where, by: group, measure: count },
      { name: 'since and until', where, between, by: group, measure: count },
      ...(['1m', '1h', '1d', '1w'] as const).map((step) => ({
        name: `steps of ${step}`,
        by: [{ column: time, step }],
        measure: count,
      })),
    );
  }
  return questions;
}
