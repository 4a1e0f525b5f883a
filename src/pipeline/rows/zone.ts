/** From a second since 1970 on, local time is this many seconds ahead of UTC. */
interface Offset {
  from: number;
  offset: number;
}

const MINUTE = 60;
/** Less than the shortest time for which a zone has changed its clocks. */
const STRIDE = 21 * 86_400;
/** Clocks change by rules that are known until then; later times have the last offset. */
const END = Date.UTC(2100, 0) / 1000;

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
  let offset = offsetAt(format, 0);
  const offsets = [{ from: 0, offset }];
  for (let from = 0; from < END; from += STRIDE) {
    const next = offsetAt(format, from + STRIDE);
    if (next === offset) continue;
    let [before, after] = [from / MINUTE, (from + STRIDE) / MINUTE];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(format, middle * MINUTE) === offset) before = middle;
      else after = middle;
    }
    offset = next;
    offsets.push({ from: after * MINUTE, offset });
  }
  return offsets;
}

/** Returns the offset at a second, in whole minutes as RFC 3339 writes it. */
function offsetAt(format: Intl.DateTimeFormat, second: number): number {
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(second * 1000)) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -MINUTE : MINUTE);
}
