import { element, escaped } from '../page/markup.js';
import type { Answer } from './preset.js';
import { numberText, timeText } from './words.js';

const MINUTE = 60_000_000_000n;
/** Minutes of a step, from short to long: up to a year. */
const STEPS = [1n, 2n, 5n, 10n, 15n, 30n, 60n, 180n, 360n, 720n, 1440n, 10_080n, 43_200n, 525_600n];
/** The most steps that are drawn. */
const MOST = 240n;
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
}

/** Returns the counts of an answer by minute in steps that are few enough to be drawn. Undefined without a time. */
export function timelineFrom({ panel, columns, rows }: Answer): Timeline | undefined {
  const names = columns.map(({ name }) => name);
  const [time = '', second] = names.length > 2 ? names : [names[0], undefined];
  const known = rows.filter((row) => typeof row[time] === 'bigint');
  if (known.length === 0) return undefined;
  const times = known.map((row) => row[time] as bigint);
  const first = times.reduce((least, one) => (one < least ? one : least));
  const last = times.reduce((most, one) => (one > most ? one : most));
  const span = (last - first) / MINUTE + 1n;
  const step = MINUTE * (STEPS.find((minutes) => span <= minutes * MOST) ?? span / MOST + 1n);
  const begin = first - (((first % step) + step) % step);
  const keyOf = (row: (typeof rows)[number]) => (second === undefined ? null : (row[second] ?? null));
  const keys = [...new Set(known.map(keyOf))].sort((a, b) => (String(a) < String(b) ? -1 : 1));
  const series = keys.map((key, k): Series => {
    if (second === undefined) return { name: null, color: 0 };
    if (key === null) return { name: '(none)', color: 5 };
    return panel.series?.(key) ?? { name: String(key), color: k % 6 };
  });
  const counts = Array.from({ length: Number((last - begin) / step) + 1 }, () => series.map(() => 0));
  for (const row of known) {
    const at = counts[Number(((row[time] as bigint) - begin) / step)] as number[];
    const one = keys.indexOf(keyOf(row));
    at[one] = (at[one] as number) + Number(row.count);
  }
  return { begin, step, series, counts };
}

/** Returns the timeline as SVG: a bar for each step, which has a part for each series. */
export function timelineChart({ begin, step, series, counts }: Timeline): string {
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
    const at = timeText(begin + BigInt(i) * step);
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
    const text = timeText(begin + BigInt(index) * step).slice(0, 16);
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
  const minutes = Number(step / MINUTE);
  for (const [unit, length] of [
    ['day', 1440],
    ['hour', 60],
  ] as const) {
    if (minutes % length === 0)
      return minutes === length ? `a ${unit}`.replace('a hour', 'an hour') : `${minutes / length} ${unit}s`;
  }
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

const rounded = (value: number) => Number(value.toFixed(2));
