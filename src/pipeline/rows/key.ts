import type { NativeKey } from '../../addon/row-spec.js';
import { UsageError } from '../../errors/index.js';
import type { Column, ColumnType } from './column-type.js';
import type { Zone } from './zone.js';

/** A column by which rows are grouped, and the steps into which its values are cut. */
export interface Key {
  /** As it was written, such as `time:1m`. */
  text: string;
  name: string;
  step: string | undefined;
}

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

const LENGTH_OF_TIME = /^(\d+)(ms|[smhdw])$/;

/** A week of time steps begins on a Monday; 1970 began on a Thursday. */
const TO_MONDAY = 3n * 86_400_000_000_000n;

/**
 * Reads a key: the name of a column, and perhaps a colon and the width of steps: `time:1m`, `bytes:10k`, `bytes:log2`.
 * The last colon counts, if a step follows it; names may have colons.
 */
export function readKey(text: string): Key {
  const [, name, step] = /^(.+):(log2|\d+(?:\.\d+)?[A-Za-z]{0,2})$/s.exec(text) ?? [];
  return { text, name: name ?? text, step };
}

/**
 * Returns the type that a key asks of a column. The parser's own type counts. Of a text, and without one, a step says it: a
 * length of time, or numbers of any kind, because whole ones alone would leave out 9.2 without a word.
 */
export function typeOfKey({ name, step }: Key, own: readonly Column[]): ColumnType {
  const type = own.find((column) => column.name === name)?.type ?? 'text';
  if (step === undefined || type !== 'text') return 'any';
  return LENGTH_OF_TIME.test(step) ? 'time' : 'real';
}

/** Returns the key as the engine gets it. @param zone by whose clocks times are cut @throws UsageError when the column cannot be cut into such steps */
export function nativeKeyOf(
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
  const refuse = (reason: string, hint: string): never => {
    throw new UsageError(`run: --by ${text}: ${reason}`, { hint });
  };
  if (type === 'time') {
    const [, count, unit = ''] = LENGTH_OF_TIME.exec(step) ?? [];
    const width = BigInt(count ?? 0) * (NANOSECONDS[unit] ?? 0n);
    if (width <= 0n || width >= 2n ** 62n)
      return refuse(
        `${name} is a time, and ${step} is no length of time`,
        `write: --by ${name}:1m; units are ms, s, m, h, d, w`,
      );
    return { ...key, step: 'width', width: String(width), shift: String(unit === 'w' ? TO_MONDAY : 0n) };
  }
  if (type !== 'integer' && type !== 'real')
    return refuse(`${name} is ${type}, which has no steps`, `write: --by ${name}`);
  if (step === 'log2') return { ...key, step: 'log2' };
  const [, whole = '', fraction = '', unit = ''] = /^(\d+)(?:\.(\d+))?([A-Za-z]*)$/.exec(step) ?? [];
  const realWidth = Number(whole + fraction) * (THOUSANDS[unit] ?? 0);
  const realDivisor = 10 ** fraction.length;
  const width = realWidth / realDivisor;
  const exact = type === 'integer' ? Number.isSafeInteger(width) : fraction.length <= 15;
  if (!(width > 0 && Number.isSafeInteger(realWidth) && exact))
    return refuse(`${step} is no width for ${name}`, `write: --by ${name}:100, :10k, :1M or :log2`);
  return { ...key, step: 'width', width: type === 'integer' ? String(width) : '0', realWidth, realDivisor };
}
