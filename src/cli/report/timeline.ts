import { nanosecondsOf } from '../../pipeline/rows/key.js';
import type { Cell } from '../../pipeline/rows/row-batch.js';
import type { Zone } from '../../pipeline/rows/zone.js';
import { element, escaped } from '../page/markup.js';
import { type Answer, countColumnOf, REPORT } from './preset.js';
import { cellText, numberText, timeText } from './words.js';

const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;
const DAY = 1440n * MINUTE;
const YEAR = 365n * DAY;
/** Minutes of a step, from short to long: up to a year. */
const STEPS = [1n, 2n, 5n, 10n, 15n, 30n, 60n, 180n, 360n, 720n, 1440n, 10_080n, 43_200n, 525_600n];
/** The most steps that are drawn. */
const MOST = 240n;
/** The most series, which is also the number of colours. The values with the fewest lines are one series. */
const MOST_SERIES = 6;
const [WIDTH, HEIGHT, TOP, FOOT] = [720, 180, 16, 20];
const TICKS = 5;

/** What the counts of a timeline are of. `color` is one of six. */
export interface Series {
  name: string | null;
  color: number;
}

/** Counts by time, in steps of one length. */
export interface Timeline {
  /** Nanoseconds since 1970 of the first step. */
  begin: bigint;
  /** Nanoseconds of a step. */
  step: bigint;
  /** The values of the second key, with their colours, or one without a name. */
  series: readonly Series[];
  /** For each step, the counts of the series. */
  counts: readonly (readonly number[])[];
  /** Lines that have no time. */
  without: number;
}

/** Returns the counts of an answer in steps that are few enough to be drawn. Undefined without a time. */
export function timelineFrom(answer: Answer): Timeline | undefined {
  const { panel, columns, rows, zone } = answer;
  const time = columns[0]?.name ?? '';
  const second = panel.by.length > 1 ? columns[1] : undefined;
  const counted = countColumnOf(answer);
  const countOf = (row: (typeof rows)[number]) => Number(row[counted]);
  const known = rows.filter((row) => typeof row[time] === 'bigint');
  if (known.length === 0) return undefined;
  const times = known.map((row) => row[time] as bigint);
  const first = times.reduce((least, one) => (one < least ? one : least));
  const last = times.reduce((most, one) => (one > most ? one : most));
  const width = nanosecondsOf(REPORT, panel.by[0] ?? '');
  const step = stepOf(width, last - first);
  // Days begin at midnight of some zone, so the steps begin where the data does. A day is an hour longer or shorter twice a
  // year: half of one more leaves each in its own step.
  const isLocal = width >= DAY || step === width;
  const ahead = BigInt(zone?.offsetAt(Number(first / SECOND)) ?? 0) * SECOND;
  const begin = isLocal ? first : first - ((((first + ahead) % step) + step) % step);
  const slack = isLocal ? width / 2n : 0n;
  const indexOf = (at: bigint) => Number((at - begin + slack) / step);
  const keyOf = (row: (typeof rows)[number]): Cell => (second ? (row[second.name] ?? null) : null);
  const sums = new Map<Cell, number>();
  for (const row of known) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + countOf(row));
  const { series, places } = seriesOf(answer, sums);
  const counts = Array.from({ length: indexOf(last) + 1 }, () => series.map(() => 0));
  for (const row of known) {
    const at = counts[indexOf(row[time] as bigint)] as number[];
    const place = places.get(keyOf(row)) ?? 0;
    at[place] = (at[place] as number) + countOf(row);
  }
  const lines = rows.reduce((sum, row) => sum + countOf(row), 0);
  const drawn = [...sums.values()].reduce((sum, count) => sum + count, 0);
  return { begin, step, series, counts, without: lines - drawn };
}

/** Returns the length of the steps that are drawn: whole steps of the data, if these are longer than a minute. */
function stepOf(width: bigint, span: bigint): bigint {
  const unit = width > MINUTE ? width : MINUTE;
  const fits = (step: bigint) => step % unit === 0n && span / step + 1n <= MOST;
  const found = [unit, ...STEPS.map((minutes) => minutes * MINUTE)].find(fits);
  if (found !== undefined) return found;
  const least = unit * (span / unit / MOST + 1n);
  const year = unit > YEAR ? unit : (YEAR / unit) * unit;
  return least > year ? year * ((least + year - 1n) / year) : least;
}

/**
 * Returns the series of the values of the second key, and the place of each value among them.
 * @param sums the lines of each value
 */
function seriesOf(
  { panel, columns, zone }: Answer,
  sums: ReadonlyMap<Cell, number>,
): { series: Series[]; places: Map<Cell, number> } {
  if (panel.by.length < 2) return { series: [{ name: null, color: 0 }], places: new Map() };
  const byText = (a: Cell, b: Cell) => (String(a) < String(b) ? -1 : 1);
  const keys = [...sums.keys()].sort(byText);
  const isTime = columns[1]?.type === 'time';
  const nameOf = (key: Cell, color: number): Series => ({ name: cellText(key, isTime, zone), color });
  if (panel.series || keys.length <= MOST_SERIES) {
    const series = keys.map((key, k) => {
      if (key === null) return nameOf(key, MOST_SERIES - 1);
      return panel.series?.(key) ?? nameOf(key, k);
    });
    return { series, places: new Map(keys.map((key, k) => [key, k])) };
  }
  const most = [...keys].sort((a, b) => (sums.get(b) ?? 0) - (sums.get(a) ?? 0)).slice(0, MOST_SERIES - 1);
  const kept = most.sort(byText);
  const places = new Map(keys.map((key) => [key, MOST_SERIES - 1]));
  for (const [k, key] of kept.entries()) places.set(key, k);
  return { series: [...kept.map(nameOf), { name: 'all others', color: MOST_SERIES - 1 }], places };
}

/** Returns the timeline as SVG: a bar for each step, which has a part for each series. */
export function timelineChart({ begin, step, series, counts }: Timeline, zone?: Zone): string {
  const sums = counts.map((parts) => parts.reduce((sum, part) => sum + part, 0));
  const most = Math.max(...sums, 1);
  const width = WIDTH / counts.length;
  const bars = counts.map((parts, i) => {
    let top = TOP + HEIGHT;
    const drawn = parts.map((part, k) => {
      const height = (part / most) * HEIGHT;
      top -= height;
      const place = { x: rounded(i * width), y: rounded(top), width: rounded(width * 0.9), height: rounded(height) };
      return part > 0 ? element('rect', { class: `series-${series[k]?.color}`, ...place }) : '';
    });
    const at = timeText(begin + BigInt(i) * step, zone);
    const named = parts.flatMap((part, k) => {
      const name = series[k]?.name ?? null;
      return part > 0 && name !== null ? [`${name}: ${numberText(part)}`] : [];
    });
    const title = [`${at}: ${numberText(sums[i] ?? 0)}`, ...named].join('\n');
    return element('g', {}, element('title', {}, escaped(title)) + drawn.join(''));
  });
  const labels = Math.min(TICKS, counts.length);
  const ticks = Array.from({ length: labels }, (_, i) => {
    const index = Math.floor((i * counts.length) / labels);
    const text = timeText(begin + BigInt(index) * step, zone).slice(0, 16);
    return element('text', { class: 'scale', x: rounded(index * width), y: TOP + HEIGHT + 15 }, escaped(text));
  });
  const scale = element('text', { class: 'scale', x: 0, y: 11 }, escaped(`${numberText(most)} at most in a step`));
  return element(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${TOP + HEIGHT + FOOT}`, role: 'img', xmlns: 'http://www.w3.org/2000/svg' },
    element('title', {}, 'Lines over time') + scale + bars.join('') + ticks.join(''),
  );
}

/** Returns the length of a step in words. */
export function stepText(step: bigint): string {
  if (step % MINUTE !== 0n) return `${numberText(Number(step / 1_000_000n) / 1000)} seconds`;
  const minutes = Number(step / MINUTE);
  for (const [unit, length] of [
    ['day', 1440],
    ['hour', 60],
  ] as const) {
    if (minutes % length === 0)
      return minutes === length ? `a ${unit}`.replace('a hour', 'an hour') : `${numberText(minutes / length)} ${unit}s`;
  }
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

const rounded = (value: number) => Number(value.toFixed(2));
