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
 * `1h30m` or `2 hours ago`; or @ and seconds since 1970, also negative. A time without a zone is of `zone`, or of UTC.
 * @param now milliseconds since 1970
 * @returns nanoseconds since 1970, or undefined if it is none, or 64 bits do not reach it
 */
export function parseTime(text: string, now: number, zone: Zone | undefined): bigint | undefined {
  const time = read(text, now, zone);
  return time !== undefined && isReached(time) ? time : undefined;
}

const NO_TIME = 'it is not a time';
const BEYOND = 'it is outside of 1677-09-21 to 2262-04-11, the times that 64 bits of nanoseconds hold';

/** A number of seconds or of smaller units since 1970, perhaps after the @ that only seconds have. */
const COUNTED = /^(?<at>@?)(?<sign>-?)(?<whole>\d{9,19})(?:\.\d{1,9})?$/;

/** What looks like a day, a time of day, and an offset. */
const WRITTEN =
  /^(?:(?<day>\d{4}([-/])\d\d\2\d\d)|today|yesterday|tomorrow)?(?:(?:^|T| +)(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d))?(?:[.,]\d+)?(?<offset> ?[+-]\d\d:?\d\d$)?)?/i;

/** Says why a text is no point in time, and what to write instead. */
export function timeFault(text: string, now: number, zone: Zone | undefined): { reason: string; hint: string } {
  const written = isoOf(text.trim());
  const { at, sign = '', whole = '' } = COUNTED.exec(written)?.groups ?? {};
  // Nobody means seconds of the year 5138 or later: 12 digits and more count milliseconds or less.
  if (whole.length > 11)
    return { reason: at ? BEYOND : NO_TIME, hint: `an @ is before seconds since 1970: @${sign}${inSeconds(whole)}` };
  if (whole && !at) return { reason: NO_TIME, hint: `an @ is before seconds since 1970: @${written}` };
  const { day, hour = '0', minute = '0', second = '0', offset } = WRITTEN.exec(written)?.groups ?? {};
  return { reason: reasonOf(), hint: TIMES };

  function reasonOf(): string {
    if (read(text, now, zone) !== undefined) return BEYOND;
    if (day !== undefined && dayOf(day) === undefined) return 'there is no such day';
    if (!isClock(hour, minute, second)) return 'there is no such time of day';
    return day !== undefined && offset !== undefined ? 'there is no such offset' : NO_TIME;
  }
}

/** Returns a number of milliseconds, microseconds or nanoseconds since 1970, by its length, in seconds. */
function inSeconds(digits: string): string {
  const decimals = digits.length < 15 ? 3 : digits.length < 18 ? 6 : 9;
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const isReached = (time: bigint): boolean => time >= -MOST && time <= MOST;

/** Reads a point in time, whether 64 bits reach it or not. */
function read(text: string, now: number, zone: Zone | undefined): bigint | undefined {
  const written = isoOf(text.trim());
  return agoOf(written, now) ?? epochOf(written) ?? zonedOf(written) ?? localOf(written, now, zone);
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
  const [, sign, seconds, fraction = ''] = /^@(-?)(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const time = BigInt(seconds) * SECOND + BigInt(fraction.padEnd(9, '0'));
  return sign ? -time : time;
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
  if (day === undefined || !isClock(hour, minute, second)) return undefined;
  const midnight = midnightOf(day.toLowerCase(), now);
  if (midnight === undefined) return undefined;
  return {
    seconds: midnight + Number(hour) * 3600 + Number(minute) * 60 + Number(second),
    fraction: BigInt(fraction.padEnd(9, '0')),
  };
}

/** Returns whether a day has a time. A leap second is the first one of the next minute, as parsers read it. */
function isClock(hour: string, minute: string, second: string): boolean {
  return Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60;
}

function midnightOf(day: string, now: number): number | undefined {
  const today = Math.floor(now / DAY) * DAY;
  if (day === 'today') return today;
  if (day === 'yesterday') return today - DAY;
  if (day === 'tomorrow') return today + DAY;
  return dayOf(day);
}

/** Returns the first second of a date, or undefined if the calendar does not have it. */
function dayOf(written: string): number | undefined {
  const day = written.replaceAll('/', '-');
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
