import type { NativeKey } from '../../addon/row-spec.js';
import { UsageError } from '../../errors/index.js';
import { quoted, readQuoted } from '../../text/quoted-name.js';
import type { Caller } from '../caller.js';
import type { Column, ColumnType } from './column-type.js';
import type { Zone } from './zone.js';

/** A column by which rows are grouped, its type, and the steps into which its values are cut. */
export interface Key {
  /** As it is written, such as `time:1m`, and in backquotes only if it must be. */
  text: string;
  name: string;
  /** Undefined: that of the parser, or the one that the step needs. */
  type: ColumnType | undefined;
  step: string | undefined;
}

/** A column that an exporter writes. */
export type NamedColumn = Omit<Key, 'step'>;

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

const THOUSANDS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1 << 20,
  Gi: 1 << 30,
};

/** The options that have keys. */
type KeyOption = 'by' | 'sort';

/** What may follow a name, for messages. */
export const TYPES = 'text, integer, real, time and boolean';
export const STEPS = '1m of times (ms, s, m, h, d, w), and 100, 10k, 0.5 and log2 of numbers';

const LENGTH_OF_TIME = /^(\d+)(ms|[smhdw])$/;

/** A week of time steps begins on a Monday; 1970 began on a Thursday. */
const TO_MONDAY = 3n * 86_400_000_000_000n;

const TYPE = 'text|integer|real|time|boolean';
const STEP = String.raw`log2|\d+(?:\.\d+)?[A-Za-z]{0,2}`;
const PLAIN_KEY = new RegExp(`^(.+?)(?::(${TYPE}))?(?::(${STEP}))?$`, 's');
const AFTER_QUOTED_KEY = new RegExp(`^(?::(${TYPE}))?(?::(${STEP}))?$`);
const PLAIN_COLUMN = new RegExp(`^(.+?)(?::(${TYPE}))?$`, 's');
const AFTER_QUOTED_COLUMN = new RegExp(`^(?::(${TYPE}))?$`);

/**
 * Reads a key: the name of a column, and perhaps a type and the width of steps after colons: `time:1m`, `bytes:10k`,
 * `ms:real:0.5`, `n:integer`. What is no type and no step belongs to the name, unless this stands in backquotes.
 * @param caller for messages, with the option that has the text
 * @param own the columns of the parser, whose names count as a whole
 * @throws UsageError when backquotes have no end, or something else follows them
 */
export function readKey(caller: Caller, option: KeyOption, text: string, own: readonly Column[] = []): Key {
  const { name, words } = read(caller, option, text, own, PLAIN_KEY, AFTER_QUOTED_KEY);
  const [type, step] = words as [ColumnType | undefined, string | undefined];
  const parts = [shown(name, PLAIN_KEY), ...(type ? [type] : []), ...(step ? [step] : [])];
  return { text: parts.join(':'), name, type, step };
}

/** As `readKey`, for a column without steps, of the option `columns`: `time`, `ms:real`. */
export function readColumn(caller: Caller, text: string, own: readonly Column[] = []): NamedColumn {
  const { name, words } = read(caller, 'columns', text, own, PLAIN_COLUMN, AFTER_QUOTED_COLUMN);
  const [type] = words as [ColumnType | undefined];
  return { text: [shown(name, PLAIN_COLUMN), ...(type ? [type] : [])].join(':'), name, type };
}

function read(
  caller: Caller,
  option: KeyOption | 'columns',
  text: string,
  own: readonly Column[],
  plain: RegExp,
  afterQuoted: RegExp,
) {
  if (own.some((column) => column.name === text)) return { name: text, words: [] };
  if (!text.startsWith('`')) {
    const [, name = text, ...words] = plain.exec(text) ?? [];
    return { name, words };
  }
  const found = readQuoted(text);
  const refuse = (reason: string, hint: string): never => {
    throw new UsageError(caller.message(option, `${caller.option(option)} ${text}: ${reason}`), { hint });
  };
  if (!found || found.name === '') return refuse('a name in backquotes is needed', 'write: `a name`');
  const [all, ...words] = afterQuoted.exec(found.rest) ?? [];
  if (all === undefined) {
    const steps = afterQuoted === AFTER_QUOTED_KEY ? `; steps are ${STEPS}` : '';
    return refuse(`${found.rest} is no ${steps ? 'type and no step' : 'type'}`, `types are ${TYPES}${steps}`);
  }
  return { name: found.name, words };
}

/** Returns how a name is written in a list. */
function shown(name: string, plain: RegExp): string {
  const isPlain = name.trim() === name && !/^[`-]|,/.test(name) && plain.exec(name)?.[1] === name;
  return isPlain ? name : quoted(name);
}

/**
 * Returns the type that a key asks of a column: the one that it names, or else the parser's own. Of a text, and without one,
 * a step says it: a length of time, or numbers of any kind, because whole ones alone would leave out 9.2 without a word.
 */
export function typeOfKey({ name, type: named, step }: Key, own: readonly Column[]): ColumnType {
  if (named) return named;
  const type = own.find((column) => column.name === name)?.type ?? 'text';
  if (step === undefined || type !== 'text') return 'any';
  return LENGTH_OF_TIME.test(step) ? 'time' : 'real';
}

/** Returns the nanoseconds of a key's steps of time, such as `time:1m`; 0 without a step. @throws UsageError for another step */
export function nanosecondsOf(caller: Caller, text: string): bigint {
  const key = readKey(caller, 'by', text);
  return BigInt(nativeKeyOf(caller, key, 0, { name: key.name, type: 'time' }, undefined).width);
}

/** Returns the key as the engine gets it. @param zone by whose clocks times are cut @throws UsageError when the column cannot be cut into such steps */
export function nativeKeyOf(
  caller: Caller,
  { text, step }: Key,
  column: number,
  { name, type }: Column,
  zone: Zone | undefined,
): NativeKey {
  const key: NativeKey = {
    column,
    step: 'none',
    width: '0',
    realWidth: 0,
    realDivisor: 1,
    shift: '0',
    zone: zone?.table ?? null,
  };
  if (step === undefined) return key;
  const flag = caller.option('by');
  const refuse = (reason: string, hint: string): never => {
    throw new UsageError(caller.message('by', `${flag} ${text}: ${reason}`), { hint });
  };
  if (type === 'time') {
    const [, count, unit = ''] = LENGTH_OF_TIME.exec(step) ?? [];
    const width = BigInt(count ?? 0) * (NANOSECONDS[unit] ?? 0n);
    if (width <= 0n || width >= 2n ** 62n)
      return refuse(
        `${name} is a time, and ${step} is no length of time`,
        `write: ${flag} ${name}:1m; units are ms, s, m, h, d, w`,
      );
    return { ...key, step: 'width', width: String(width), shift: String(unit === 'w' ? TO_MONDAY : 0n) };
  }
  if (type !== 'integer' && type !== 'real')
    return refuse(`${name} is ${type}, which has no steps`, `write: ${flag} ${text.slice(0, -step.length - 1)}`);
  if (step === 'log2') return { ...key, step: 'log2' };
  const [, whole = '', fraction = '', unit = ''] = /^(\d+)(?:\.(\d+))?([A-Za-z]*)$/.exec(step) ?? [];
  const realWidth = Number(whole + fraction) * (THOUSANDS[unit] ?? 0);
  const realDivisor = 10 ** fraction.length;
  const width = realWidth / realDivisor;
  const exact = type === 'integer' ? Number.isSafeInteger(width) : fraction.length <= 15;
  if (!(width > 0 && Number.isSafeInteger(realWidth) && exact))
    return refuse(
      `${step} is no width for ${name}`,
      `write: ${flag} ${name}:100, :10k, :1M or :log2${unit in THOUSANDS ? '' : `; steps of times are :1m; units are ms, s, m, h, d, w`}`,
    );
  return { ...key, step: 'width', width: type === 'integer' ? String(width) : '0', realWidth, realDivisor };
}
