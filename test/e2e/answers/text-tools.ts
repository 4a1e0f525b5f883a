// Asks awk, jq and Miller. Each answers what its language can say simply; other questions it does not answer.
import { spawnSync } from 'node:child_process';
import { cellOf, ordered, type Rows, timesOf } from './answer.js';
import type { Log } from './logs.js';
import type { Condition, Key, Question } from './questions.js';

const there = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

export const TOOLS = {
  mawk: there('mawk', '1'),
  gawk: there('gawk', '1'),
  jq: there('jq', '--version'),
  mlr: there('mlr', '--version'),
} as const;

export type Tool = keyof typeof TOOLS;

const run = (program: string, args: string[], input: string): string => {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { status, stdout, stderr } = spawnSync(program, args, { input, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
};

const EACH = { '1m': 16, '1h': 13, '1d': 10 } as const;
const REST = { '1m': ':00Z', '1h': ':00:00Z', '1d': 'T00:00:00Z' } as const;
const isTimeStep = (step: Key['step']): step is keyof typeof EACH => step !== undefined && step in EACH;

// awk: a column without a value is not in the array c. Texts are compared by bytes because of LC_ALL=C.

const awkText = (text: string): string => `"${text.replaceAll(/[\\"]/g, (letter) => `\\${letter}`)}"`;

function awkCondition(log: Log, asked: Condition): string {
  if ('both' in asked)
    return `(${asked.both.map((one) => awkCondition(log, one)).join(asked.is === 'and' ? ' && ' : ' || ')})`;
  if ('one' in asked) return `!(${awkCondition(log, asked.one)})`;
  const has = `(${awkText(asked.column)} in c)`;
  const of = `c[${awkText(asked.column)}]`;
  if (asked.is === 'has') return has;
  if (asked.is === 'matches') return `(${has} && ${of} ~ /${asked.pattern}/)`;
  const equal = (value: number | string) =>
    typeof value === 'number' ? `${of} + 0 == ${value}` : `(${of} "") == ${awkText(value)}`;
  if (asked.is === 'in') return `(${has} && (${asked.values.map(equal).join(' || ')}))`;
  if (asked.is === '=') return `(${has} && ${equal(asked.value)})`;
  if (asked.is === '!=') return `(${has} && !(${equal(asked.value)}))`;
  if (typeof asked.value === 'number') return `(${has} && ${of} + 0 ${asked.is} ${asked.value})`;
  return `(${has} && (${of} "") ${asked.is} ${awkText(asked.value)})`;
}

/** A key in awk: a mark, then the value. Nothing if awk is not asked about such steps. */
function awkKey({ column, step }: Key): string | undefined {
  const of = `c[${awkText(column)}]`;
  const inside = isTimeStep(step)
    ? `substr(${of}, 1, ${EACH[step]}) "${REST[step]}"`
    : step === '1k'
      ? `(${of} - ${of} % 1000)`
      : step
        ? undefined
        : of;
  return inside && `(${awkText(column)} in c ? "=" ${inside} : "-")`;
}

const AWK_CELLS = `function cell(name) { return name in c ? "=" c[name] : "-" }
function smaller(a, b) { return (a "") < (b "") }`;

function awkProgram(log: Log, question: Question): string | undefined {
  const { where, by, measure } = question;
  const keys = by.map(awkKey);
  if (!log.awk || keys.includes(undefined)) return undefined;
  const condition = where ? `if (!${awkCondition(log, where)}) next` : '';
  const reader = `{ split("", c); fits = 0
    ${log.awk}
    if (!fits) next
    ${condition}
    k = ${keys.length > 0 ? keys.join(' "\\037" ') : '""'} }`;
  const begin = `${AWK_CELLS}\nBEGIN { ${keys.length === 0 && measure?.of === 'count' ? 'n[""] = 0' : ''} }`;
  const print = keys.length > 0 ? 'k "\\037" ' : '';
  const end = (cells: string) => `END { for (k in n) { print ${print}${cells} } }`;
  if (!measure) {
    const cells = Object.keys(log.columns).map((column) => `cell(${awkText(column)})`);
    return `${begin}\n${reader}\n{ print ${cells.join(' "\\037" ')} }`;
  }
  if (measure.of === 'count') return `${begin}\n${reader}\n{ n[k]++ }\n${end('"=" n[k]')}`;
  if (measure.of === 'quantiles') return undefined;
  const column = awkText(measure.column);
  const value = `c[${column}]`;
  switch (measure.of) {
    case 'distinct':
      return `${begin}\n${reader}\n{ n[k] += 0; if (${column} in c && !((k, ${value}) in seen)) { seen[k, ${value}]; n[k]++ } }\n${end('"=" n[k]')}`;
    case 'stats':
      return `${begin}\n${reader}\n{ n[k] += 0 }
${column} in c { v = ${value} + 0; if (!n[k]++ || v < least[k]) least[k] = v; if (n[k] == 1 || v > most[k]) most[k] = v; sum[k] += v }
${end('"=" n[k] (n[k] ? sprintf("\\037=%.0f\\037=%.0f\\037=%.0f\\037=%.17g", sum[k], least[k], most[k], sum[k] / n[k]) : "\\037-\\037-\\037-\\037-")')}`;
    default: {
      const time = `c[${awkText(log.time as string)}]`;
      const better = measure.of === 'first' ? `smaller(${time}, at[k])` : `smaller(at[k], ${time})`;
      return `${begin}\n${reader}\n{ n[k] += 0 }
${column} in c && ${awkText(log.time as string)} in c { if (!(k in at) || ${better} || ((${time} "") == at[k] && smaller(${value}, text[k]))) { at[k] = ${time} ""; text[k] = ${value} } }
${end('(k in text ? "=" text[k] : "-")')}`;
    }
  }
}

export function askAwk(tool: 'mawk' | 'gawk', bytes: string, log: Log, question: Question): Rows | undefined {
  const program = awkProgram(log, question);
  if (!program) return undefined;
  const times = timesOf(log, question);
  const rows = run(tool, [program], bytes)
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\x1f').map((cell, i) => cellOf(cell === '-' ? null : cell.slice(1), times[i])));
  const isMean = (i: number) => question.measure?.of === 'stats' && i === question.by.length + 4;
  const numbered = rows.map((row) => row.map((cell, i) => (cell !== null && isMean(i) ? `${Number(cell)}` : cell)));
  return ordered(numbered, log, question);
}

// jq: all lines become an array of objects.

function jqCondition(asked: Condition): string {
  if ('both' in asked) return `(${asked.both.map(jqCondition).join(` ${asked.is} `)})`;
  if ('one' in asked) return `(${jqCondition(asked.one)} | not)`;
  const of = `.${JSON.stringify(asked.column)}`;
  if (asked.is === 'has') return `(${of} != null)`;
  if (asked.is === 'matches') return `(${of} != null and (${of} | test(${JSON.stringify(asked.pattern)})))`;
  if (asked.is === 'in') return `(${of} as $v | ${JSON.stringify(asked.values)} | any(. == $v))`;
  return `(${of} != null and ${of} ${asked.is === '=' ? '==' : asked.is} ${JSON.stringify(asked.value)})`;
}

function jqKey({ column, step }: Key): string | undefined {
  const of = `.${JSON.stringify(column)}`;
  if (!step) return of;
  if (isTimeStep(step)) return `(${of} | if . == null then null else .[0:${EACH[step]}] + "${REST[step]}" end)`;
  return step === '1k' ? `(${of} | if . == null then null else . - . % 1000 end)` : undefined;
}

function jqMeasures(log: Log, { measure }: Question): string | undefined {
  if (!measure || measure.of === 'count') return '[length]';
  const values = `map(.${JSON.stringify(measure.column)} | values)`;
  const timed = `map({at: .${JSON.stringify(log.time)}, text: .${JSON.stringify(measure.column)}} | select(.at != null and .text != null))`;
  switch (measure.of) {
    case 'stats':
      return `${values} | [length, add, min, max, if length > 0 then add / length else null end]`;
    case 'distinct':
      return `[${values} | unique | length]`;
    case 'first':
      return `[${timed} | sort_by(.at, .text) | .[0].text]`;
    case 'last':
      return `[${timed} | (map(.at) | max) as $last | map(select(.at == $last) | .text) | min]`;
    default:
      return `${values} | sort | . as $all | length as $n | ${JSON.stringify(measure.at)} | map(. as $at | if $n == 0 then null else $all[([$n * $at / 100 | ceil, 1] | max) - 1] end)`;
  }
}

export function askJq(bytes: string, log: Log, question: Question): Rows | undefined {
  const keys = question.by.map(jqKey);
  const measured = jqMeasures(log, question);
  if (!log.jq || keys.includes(undefined) || !measured) return undefined;
  const rows = `[inputs | ${log.jq}]${question.where ? ` | map(select(${jqCondition(question.where)}))` : ''}`;
  const columns = Object.keys(log.columns).map((column) => `.${JSON.stringify(column)}`);
  const asked = !question.measure
    ? `.[] | [${columns}]`
    : keys.length > 0
      ? `group_by([${keys}])[] | (.[0] | [${keys}]) + (${measured})`
      : measured;
  const times = timesOf(log, question);
  const given = run('jq', ['-nc', `${rows} | ${asked}`], bytes)
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as unknown[]).map((cell, i) => cellOf(cell, times[i])));
  return ordered(given, log, question);
}

// Miller: its verbs leave out records without a field, so it is asked only about columns that are always there.

function millerCondition(asked: Condition): string {
  if ('both' in asked) return `(${asked.both.map(millerCondition).join(asked.is === 'and' ? ' && ' : ' || ')})`;
  if ('one' in asked) return `!(${millerCondition(asked.one)})`;
  const of = `\${${asked.column}}`;
  const has = `(is_present(${of}) && !is_null(${of}))`;
  if (asked.is === 'has') return has;
  if (asked.is === 'matches') return `(${has} && ${of} =~ ${JSON.stringify(asked.pattern)})`;
  const compared = (operator: string, value: number | string) =>
    `(${has} && ${of} ${operator} ${JSON.stringify(value)})`;
  if (asked.is === 'in') return `(${asked.values.map((value) => compared('==', value)).join(' || ')})`;
  return compared(asked.is === '=' ? '==' : asked.is, asked.value);
}

/** Says whether a condition is about a time, of which Miller has no type. */
const isAboutTime = (log: Log, asked: Condition): boolean =>
  'both' in asked
    ? asked.both.some((one) => isAboutTime(log, one))
    : 'one' in asked
      ? isAboutTime(log, asked.one)
      : log.columns[asked.column] === 'time';

function millerVerb({ by, measure }: Question): string[] | undefined {
  const group = by.length > 0 ? ['-g', by.map(({ column }) => column).join()] : [];
  if (measure?.of === 'count') return ['count', ...group];
  if (measure?.of === 'stats') return ['stats1', '-a', 'count,sum,min,max,mean', '-f', measure.column, ...group];
  if (measure?.of === 'distinct' && by.length === 0) return ['count-distinct', '-n', '-f', measure.column];
  return undefined;
}

export function askMiller(bytes: string, log: Log, question: Question): Rows | undefined {
  const { by, measure, where } = question;
  const verb = millerVerb(question);
  const asked = [...by.map(({ column }) => column), ...(measure?.of === 'distinct' ? [measure.column] : [])];
  if (!log.miller || !verb || !asked.every((column) => log.full.includes(column))) return undefined;
  if (by.some(({ step }) => step !== undefined) || (where && isAboutTime(log, where))) return undefined;
  // Of sums by groups Miller leaves out those without a number.
  if (measure?.of === 'stats' && by.length > 0 && !log.full.includes(measure.column)) return undefined;
  // Null is an empty text to Miller, and counted.
  const kept = measure?.of === 'stats' ? `(!is_null(\${${measure.column}}))` : undefined;
  const condition = [where && millerCondition(where), kept].filter(Boolean).join(' && ');
  const chain = ['flatten', 'then', ...(condition ? ['filter', condition, 'then'] : []), ...verb];
  const objects = JSON.parse(run('mlr', [...log.miller, '--ojson', ...chain], bytes) || '[]') as Record<
    string,
    unknown
  >[];
  return ordered(
    objects.map((object) => Object.values(object).map((value) => cellOf(value))),
    log,
    question,
  );
}
