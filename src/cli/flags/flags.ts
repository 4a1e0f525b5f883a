import { parseArgs } from 'node:util';
import { UsageError } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';
import { cleaned } from '../../text/printable.js';
import { WHEN } from '../terminal/when.js';

/** An option of a command. One table of these drives parsing and help. */
export interface Flag {
  name: string;
  short?: string;
  /** What the value is called in the help; without it the flag takes none. */
  value?: string;
  /** The only values that it takes. */
  choices?: readonly string[];
  help: string;
  /** Works, and is not in the help. */
  hidden?: boolean;
  /** It is an error to give it again: one of the two would be lost. Of others the last one counts. */
  once?: boolean;
  /** The option that this one takes back. The help describes all of these in one sentence. */
  takesBack?: string;
}

/** What stood on the command line, in its order. */
export type Argument = { kind: 'flag'; name: string; value: string | undefined } | { kind: 'operand'; value: string };

/** What a configuration file adds for the plugin named before: its options, with their types, and where it runs. */
export type ConfigArgument =
  | Argument
  | { kind: 'params'; values: Record<string, unknown> }
  | { kind: 'isolate'; value: boolean };

/** Whether it is one of these flags. */
export function isFlag(argument: ConfigArgument, ...names: string[]): argument is Extract<Argument, { kind: 'flag' }> {
  return argument.kind === 'flag' && names.includes(argument.name);
}

/** Options that every command has. */
export const COMMON_FLAGS: Flag[] = [
  { name: 'verbose', help: 'show causes and stack traces of errors' },
  { name: 'color', value: 'WHEN', choices: WHEN, help: 'colour in messages: auto, always or never' },
  { name: 'help', short: 'h', help: 'show this help' },
];

/**
 * Reads a command line by the table. The order is kept, because some options belong to what stands before or after them.
 * @throws UsageError for what is not in the table, with the nearest that is
 */
export function parseFlags(command: string, table: readonly Flag[], args: string[]): Argument[] {
  const { tokens } = parseArgs({
    args,
    options: Object.fromEntries(
      table.map(({ name, short, value }) => [
        name,
        { type: value ? 'string' : 'boolean', ...(short && { short }) } as const,
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const result: Argument[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') result.push({ kind: 'operand', value: token.value });
    if (token.kind !== 'option') continue;
    const flag = table.find(({ name }) => name === token.name);
    if (!flag) throw unknownFlag(command, table, token.rawName);
    if (flag.value && token.value === undefined) {
      throw new UsageError(`${command}: ${token.rawName} needs a value: ${flag.value}`, {
        hint: `see: host ${command} --help`,
      });
    }
    if (!flag.value && token.value !== undefined) {
      throw new UsageError(`${command}: --${flag.name} takes no value`, { hint: `see: host ${command} --help` });
    }
    if (flag.choices && !flag.choices.includes(token.value ?? '')) {
      throw new UsageError(`${command}: --${flag.name} ${token.value}: it is one of ${flag.choices.join(', ')}`);
    }
    if (flag.once && result.some((argument) => isFlag(argument, flag.name))) {
      throw new UsageError(`${command}: --${flag.name} ${token.value}: it is given twice, and there can be one`);
    }
    result.push({ kind: 'flag', name: flag.name, value: token.value });
  }
  return result;
}

/** The value of a flag that takes a number. @throws UsageError */
export function wholeNumber(command: string, flag: string, value: string, least: number, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : -1;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${command}: ${flag} ${value}: a whole number from ${least} to ${most} is needed`);
}

/** A time such as 10 or 0.5, at most a day. @throws UsageError */
export function seconds(command: string, flag: string, value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (number > 0 && number <= 86_400) return number;
  throw new UsageError(`${command}: ${flag} ${value}: seconds are needed, from 0.001 to 86400`);
}

const UNITS: Record<string, number> = { '': 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** A size such as 64K or 16M; without more said at most 1G, since spans inside a block are 32 bits wide. @throws UsageError */
export function bytes(command: string, flag: string, value: string, most = 1 << 30): number {
  const parts = /^(\d+)([KMG]?)$/i.exec(value);
  const number = parts ? Number(parts[1]) * (UNITS[(parts[2] ?? '').toUpperCase()] ?? 1) : 0;
  if (number >= 1 && number <= most) return number;
  throw new UsageError(`${command}: ${flag} ${value}: a size from 1 to ${most / (1 << 30)}G is needed, such as 64K`);
}

function unknownFlag(command: string, table: readonly Flag[], raw: string): UsageError {
  const near = nearest(
    raw.replace(/^--?/, ''),
    table.filter((flag) => !flag.hidden).map(({ name }) => name),
  );
  return new UsageError(`${command}: there is no option ${raw}`, {
    hint: near.length > 0 ? `did you mean --${near[0]}?` : `see: host ${command} --help`,
  });
}

const WIDTH = 80;
const COLUMN = 26;

/** The options as a table of two columns that fits a terminal. */
export function describeFlags(table: readonly Flag[]): string {
  return table
    .filter(({ hidden, takesBack }) => !hidden && takesBack === undefined)
    .map(({ name, short, value, help }) =>
      twoColumns(`${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`, help),
    )
    .join('\n');
}

/** A term and its text, both cleaned, the text wrapped in the second column. */
export function twoColumns(term: string, text: string): string {
  const lines = wrap(cleaned(text), WIDTH - COLUMN);
  const first = `  ${cleaned(term)}`;
  const pad = ' '.repeat(COLUMN);
  const head = first.length + 2 > COLUMN ? [first] : [first.padEnd(COLUMN) + (lines.shift() ?? '')];
  return [...head, ...lines.map((line) => pad + line)].join('\n');
}

/** Lines of at most so many characters, save for words that are longer. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return line ? [...lines, line] : lines;
}
