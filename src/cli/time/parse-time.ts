import type { Zone } from '../../pipeline/rows/zone.js';

const SECOND = 1_000_000_000n;
const DAY = 86_400;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: DAY, w: 7 * DAY };

/** A length of time: `90m`, `1.5h`, `2 hours`. */
const LENGTHS = /(\d{1,9}(?:\.\d{1,9})?) *((?:sec|second|min|minute|hr|hour|day|week)s?|[smhdw])(?![A-Za-z])/g;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** How a day begins: a date, or a word. */
const LOCAL =
  /^(\d{4}([-/])\d\d\2\d\d|today|yesterday|tomorrow)(?:(?:T| +)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?$/i;

/** Times that 64 bits of nanoseconds reach. */
const MOST = 2n ** 63n - 1n;

/**
 * Reads a point in time: RFC 3339, or with an offset such as +0200; the time of an access log; a date, `today`, `yesterday`
 * or `tomorrow`, each with a time of day or without; a time of day of today; `now`; how long ago it was, such as `90m`,
 * `1h30m` or `2 hours ago`; or @ and seconds since 1970. A time without a zone is of `zone`, or of UTC.
 * @param now milliseconds since 1970
 * @returns nanoseconds since 1970, or undefined if it is none, or 64 bits do not reach it
 */
export function parseTime(text: string, now: number, zone: Zone | undefined): bigint | undefined {
  const written = isoOf(text.trim());
  const time = agoOf(written, now) ?? epochOf(written) ?? zonedOf(written) ?? localOf(written, now, zone);
  return time !== undefined && time >= -MOST && time <= MOST ? time : undefined;
}

/** How a point in time may be written, for a hint. */
export const TIMES =
  'write 2026-01-31T09:30:00Z, 2026-01-31, "yesterday 14:00", 14:00, today, or how long ago it was: 2h, 90m, 7d';

function agoOf(text: string, now: number): bigint | undefined {
  if (/^now$/i.test(text)) return BigInt(now) * 1_000_000n;
  const length = text.replace(/ +ago$/i, '');
  if (length.replace(LENGTHS, '').trim() !== '' || length === '') return undefined;
  let nanoseconds = 0n;
  for (const [, count = '', unit = ''] of length.matchAll(LENGTHS)) {
    const [whole = '0', fraction = ''] = count.split('.');
    const scaled = BigInt(whole) * SECOND + BigInt(fraction.padEnd(9, '0'));
    nanoseconds += scaled * BigInt(UNITS[unit.charAt(0)] ?? 0);
  }
  return BigInt(now) * 1_000_000n - nanoseconds;
}

/** Reads seconds since 1970 after an @, as date does. Without it a number could be a year or a length of time. */
function epochOf(text: string): bigint | undefined {
  const [, seconds, fraction = ''] = /^@(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  return seconds === undefined ? undefined : BigInt(seconds) * SECOND + BigInt(fraction.padEnd(9, '0'));
}

/** Turns a time as access logs have it into one of RFC 3339, so that it can be copied from a line. */
function isoOf(text: string): string {
  const [, day, name = '', year, clock, sign, hours, minutes] =
    /^\[?(\d\d)\/([a-z]{3})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-])(\d\d)(\d\d)\]?$/i.exec(text) ?? [];
  const month = MONTHS.indexOf(name.toLowerCase()) + 1;
  if (day === undefined || month === 0) return text;
  return `${year}-${String(month).padStart(2, '0')}-${day}T${clock}${sign}${hours}:${minutes}`;
}

/** Reads a date and time with its zone. */
function zonedOf(text: string): bigint | undefined {
  const [, local, sign, hours = '0', minutes = '0'] =
    /^(\d{4}[-/]\d\d[-/]\d\d[T ].*?) ?(?:Z|UTC|([+-])(\d\d):?([0-5]\d))$/i.exec(text) ?? [];
  if (local === undefined || Number(hours) > 23) return undefined;
  const parts = partsOf(local, 0);
  if (!parts) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  return BigInt(parts.seconds - offset) * SECOND + parts.fraction;
}

function localOf(text: string, now: number, zone: Zone | undefined): bigint | undefined {
  const second = Math.floor(now / 1000);
  const parts = partsOf(text, second + (zone?.offsetAt(second) ?? 0));
  return parts && BigInt(zone?.secondOf(parts.seconds) ?? parts.seconds) * SECOND + parts.fraction;
}

/** Reads a local time as seconds since 1970 of its own clock. @param now of that clock */
function partsOf(text: string, now: number): { seconds: number; fraction: bigint } | undefined {
  const written = /^\d{1,2}:/.test(text) ? `today ${text}` : text;
  const [, day, , hour = '0', minute = '0', second = '0', fraction = ''] = LOCAL.exec(written) ?? [];
  if (day === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const midnight = midnightOf(day.toLowerCase().replaceAll('/', '-'), now);
  if (midnight === undefined) return undefined;
  return {
    seconds: midnight + Number(hour) * 3600 + Number(minute) * 60 + Number(second),
    fraction: BigInt(fraction.padEnd(9, '0')),
  };
}

function midnightOf(day: string, now: number): number | undefined {
  const today = Math.floor(now / DAY) * DAY;
  if (day === 'today') return today;
  if (day === 'yesterday') return today - DAY;
  if (day === 'tomorrow') return today + DAY;
  const date = new Date(`${day}T00:00:00Z`);
  // The 30th of February would be a day of March.
  return date.toJSON()?.slice(0, 10) === day ? date.getTime() / 1000 : undefined;
}

/** Returns nanoseconds since 1970 as RFC 3339. */
export function formatTime(time: bigint): string {
  const fraction = ((time % SECOND) + SECOND) % SECOND;
  const seconds = new Date(Number((time - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(fraction).padStart(9, '0')}Z`;
}
