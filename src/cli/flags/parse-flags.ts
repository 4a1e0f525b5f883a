import { UsageError } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';
import type { Flag } from './flag.js';
import { tokensOf } from './tokens.js';

/** One flag of a command line or of a configuration. */
export interface FlagArgument {
  kind: 'flag';
  name: string;
  value: string | undefined;
  /** Whether it is `--no-NAME`. */
  negated?: boolean;
  /** Whether it is spelled as one letter. */
  short?: boolean;
}

export type Argument = FlagArgument | { kind: 'operand'; value: string };

/** Returns whether the argument sets one of these flags. */
export function setsFlag(argument: { kind: string }, ...names: string[]): argument is FlagArgument {
  return isAbout(argument, ...names) && !argument.negated;
}

/** Returns whether the argument takes back one of these flags. */
export function negatesFlag(argument: { kind: string }, ...names: string[]): boolean {
  return isAbout(argument, ...names) && argument.negated === true;
}

/** Returns whether the argument sets or takes back one of these flags. */
export function isAbout(argument: { kind: string }, ...names: string[]): argument is FlagArgument {
  return argument.kind === 'flag' && names.includes((argument as FlagArgument).name);
}

/**
 * Reads a command line by the table. Keeps the order, because some flags belong to what stands before or after them.
 * @throws UsageError for a flag that is not in the table, with the nearest one that is
 */
export function parseFlags(command: string, table: readonly Flag[], args: string[]): Argument[] {
  const result: Argument[] = [];
  const hint = `see: plughost ${command} --help`;
  for (const token of tokensOf(table, args)) {
    if (token.kind === 'operand') {
      result.push(token);
      continue;
    }
    const { value, rawName } = token;
    const named = table.find(({ name }) => name === token.name);
    const flag = named ?? table.find(({ name, negate }) => negate && token.name === `no-${name}`);
    if (!flag) throw unknownFlag(command, table, rawName);
    const negated = !named;
    if (!negated && flag.value && value === undefined) {
      throw new UsageError(`${command}: ${rawName} needs a value: ${flag.value}`, { hint });
    }
    if ((negated || !flag.value) && value !== undefined) {
      throw new UsageError(`${command}: --${token.name} takes no value`, { hint });
    }
    if (!negated && flag.choices && !flag.choices.includes(value ?? '')) {
      throw new UsageError(`${command}: --${flag.name} ${value}: it is one of ${flag.choices.join(', ')}`);
    }
    if (!negated && flag.once && result.some((argument) => setsFlag(argument, flag.name))) {
      throw new UsageError(`${command}: --${flag.name} ${value}: it is given twice, and there can be one`);
    }
    const short = !rawName.startsWith('--');
    result.push({ kind: 'flag', name: flag.name, value, ...(negated && { negated }), ...(short && { short }) });
  }
  return result;
}

/** `--no-NAME` of each flag that has one and is not hidden, as rows for help and completions. */
export function negationsOf(table: readonly Flag[]): Pick<Flag, 'name' | 'help'>[] {
  return table
    .filter(({ name, hidden, negate }) => negate && !hidden && !name.startsWith('no-'))
    .map(({ name }) => ({ name: `no-${name}`, help: `Undo --${name}` }));
}

function unknownFlag(command: string, table: readonly Flag[], raw: string): UsageError {
  const names = table.filter((flag) => !flag.hidden).map(({ name }) => name);
  const near = nearest(raw.replace(/^--?/, ''), [...names, ...negationsOf(table).map(({ name }) => name)]);
  return new UsageError(`${command}: there is no option ${raw}`, {
    hint: near.length > 0 ? `did you mean --${near[0]}?` : `see: plughost ${command} --help`,
  });
}
