/** From a second since 1970 on, local time is this many seconds ahead of UTC. */
interface Offset {
  from: number;
  offset: number;
}

const MINUTE = 60;
const DAY = 86_400;

/** Returns the second since 1970 at which a year begins in UTC. */
const beginOf = (year: number): number => Date.UTC(year, 0) / 1000;

/** From this year on, each is like that year of the 28 before which has the same calendar: only rules are left. */
const REPEATED = 2129;

/**
 * Until which year to look for changes, and how many days apart: fewer than the shortest time for which clocks were
 * changed. The first clocks changed in 1835, from the time of the sun to that of the country, and never back.
 */
const STRIDES: readonly (readonly [year: number, days: number])[] = [
  [1900, 365],
  [1970, 7],
  [REPEATED, 21],
];
const BEGIN = beginOf(1830);
/** The last second of times in nanoseconds. */
const END = 9_223_372_036;

/** The offsets of a time zone. */
export class Zone {
  /** Pairs of a second since 1970 and the offset from then on, as the engine gets them. Never empty. */
  readonly table: Float64Array;
  readonly #offsets: readonly Offset[];

  constructor(offsets: readonly Offset[]) {
    this.#offsets = offsets;
    this.table = Float64Array.from(offsets.flatMap(({ from, offset }) => [from, offset]));
  }

  /** Returns the offset at a second since 1970. */
  offsetAt(second: number): number {
    return (this.#offsets.findLast(({ from }) => from <= second) ?? this.#first).offset;
  }

  /**
   * Returns the second at which clocks show a local time, which is given as seconds since 1970 of a clock in UTC. Of two it
   * is the first. For a time that clocks skip it is the moment of the change.
   */
  secondOf(local: number): number {
    // An offset is less than a day, so one of those of the day before and of the day after is right.
    const [early, late] = [this.offsetAt(local - 86_400), this.offsetAt(local + 86_400)];
    const found = [local - early, local - late].filter((second) => second + this.offsetAt(second) === local);
    if (found.length > 0) return Math.min(...found);
    return (
      this.#offsets.find(({ from, offset }) => from + offset > local && from > local - 86_400)?.from ?? local - late
    );
  }

  get #first(): Offset {
    return this.#offsets[0] as Offset;
  }
}

/** The zones that were found: to find a zone takes some ten milliseconds. */
const found = new Map<string, Zone>();

/**
 * Returns a time zone: the name of one, such as Europe/Berlin, or an offset, such as +02:00. UTC is undefined.
 * @param refuse throws the error for a name that there is not
 */
export function zoneOf(name: string, refuse: (reason: string, hint: string) => never): Zone | undefined {
  if (/^(z|utc)$/i.test(name)) return undefined;
  const [, sign, hours, minutes] = /^([+-])(\d\d):([0-5]\d)$/.exec(name) ?? [];
  if (hours !== undefined && Number(hours) < 24) {
    const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -MINUTE : MINUTE);
    return new Zone([{ from: 0, offset }]);
  }
  const known = found.get(name);
  if (known) return known;
  let format: Intl.DateTimeFormat;
  try {
    // Other ways to write an offset are none of a time zone's name.
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(name);
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return refuse('there is no such time zone', 'write a name such as Europe/Berlin, or an offset such as +02:00');
  }
  const zone = new Zone(offsetsOf(format));
  found.set(name, zone);
  return zone;
}

/** Finds the moments at which clocks change, by halving the time between two that differ. */
function offsetsOf(format: Intl.DateTimeFormat): Offset[] {
  let from = BEGIN;
  let offset = offsetAt(format, from);
  const offsets = [{ from, offset }];
  for (const [year, days] of STRIDES) {
    for (; from < beginOf(year); from += days * DAY) {
      const next = offsetAt(format, from + days * DAY);
      if (next === offset) continue;
      let [before, after] = [from / MINUTE, from / MINUTE + days * (DAY / MINUTE)];
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (offsetAt(format, middle * MINUTE) === offset) before = middle;
        else after = middle;
      }
      offset = next;
      offsets.push({ from: after * MINUTE, offset });
    }
  }
  return repeated(offsets.filter(({ from }) => from < beginOf(REPEATED)));
}

/** Returns the changes of clocks, and those of the years in which all goes by rules. */
function repeated(offsets: readonly Offset[]): Offset[] {
  const all = [...offsets];
  for (let year = REPEATED; beginOf(year) <= END; year++) {
    let like = REPEATED - 28;
    while (!hasCalendarOf(like, year)) like++;
    const changes = offsets.filter(({ from }) => from >= beginOf(like) && from < beginOf(like + 1));
    all.push(...changes.map(({ from, offset }) => ({ from: from - beginOf(like) + beginOf(year), offset })));
  }
  return all.filter(({ from }) => from <= END);
}

/** Returns whether each day of a year is the same day of the week in another one. */
function hasCalendarOf(year: number, other: number): boolean {
  return [0, 11].every((month) => weekday(year, month) === weekday(other, month));
}

const weekday = (year: number, month: number): number => new Date(Date.UTC(year, month)).getUTCDay();

/** Returns the offset at a second, in whole minutes as RFC 3339 writes it. Those of the sun's time had seconds. */
function offsetAt(format: Intl.DateTimeFormat, second: number): number {
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(second * 1000)) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -MINUTE : MINUTE);
}
