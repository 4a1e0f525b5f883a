import { element, escaped } from '../page/markup.js';
import { quantile } from './statistics.js';

/** One bar for the median of its runs, with a tick for each run. */
export interface Bar {
  label: string;
  value: number;
  runs: readonly number[];
  /** The class in the page's style sheet that gives its colour: `plugin`, `no-op` or `limit`. */
  kind: string;
}

export interface BarChart {
  /** Describes the chart for screen readers. */
  title: string;
  /** Each group has a heading and its bars. */
  groups: { heading: string; bars: Bar[] }[];
  /** A line across all bars. */
  mark?: { label: string; value: number } | undefined;
  /** Formats a value. */
  format(value: number): string;
}

const WIDTH = 720;
const LABEL = 150;
const VALUE = 70;
const PLOT = WIDTH - LABEL - VALUE;
const TOP = 26;
const ROW = 26;
const BAR = 16;
const FOOT = 22;
const MAX_LABEL = 80;

/** Returns a chart of horizontal bars as SVG, to be embedded in a page. */
export function barChart({ title, groups, mark, format }: BarChart): string {
  const bars = groups.flatMap((group) => group.bars);
  // The scale ignores slow single runs, which would make all bars short. Ticks beyond the scale are not drawn.
  const scale = niceScale(
    Math.max(mark?.value ?? 0, ...bars.map(({ value, runs }) => Math.max(value, quantile(runs, 0.75)))),
  );
  const x = (value: number) => LABEL + (Math.max(value, 0) / scale.end) * PLOT;
  const rows = groups.flatMap(({ heading, bars }) => [heading, ...bars]);
  const bottom = TOP + rows.length * ROW;

  const grid = scale.steps.map(
    (value) =>
      line('grid', x(value), TOP, x(value), bottom) +
      words('scale', x(value), bottom + 16, 'middle', String(Number(value.toPrecision(6)))),
  );
  const drawn = rows.map((row, i) => {
    const top = TOP + i * ROW;
    const baseline = top + ROW - 8;
    if (typeof row === 'string') return words('heading', 0, baseline, 'start', cut(row));
    const ticks = row.runs
      .filter((run) => run <= scale.end)
      .map((run) => line('run', x(run), top + 3, x(run), top + 7 + BAR));
    return [
      words('label', 12, baseline, 'start', cut(row.label)),
      element('rect', {
        class: `bar ${row.kind}`,
        x: LABEL,
        y: top + 5,
        width: rounded(x(row.value) - LABEL),
        height: BAR,
        rx: 2,
      }),
      ...ticks,
      words('value', WIDTH - 2, baseline, 'end', format(row.value)),
    ].join('');
  });
  const marked = mark
    ? [
        line('mark', x(mark.value), TOP - 4, x(mark.value), bottom),
        words('mark', x(mark.value), TOP - 9, anchorAt(x(mark.value)), mark.label),
      ]
    : [];
  const box = { viewBox: `0 0 ${WIDTH} ${bottom + FOOT}`, role: 'img', xmlns: 'http://www.w3.org/2000/svg' };
  return element('svg', box, element('title', {}, escaped(title)) + [...grid, ...drawn, ...marked].join(''));
}

function line(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return element('line', { class: kind, x1: rounded(x1), y1, x2: rounded(x2), y2 });
}

function words(kind: string, x: number, y: number, anchor: string, text: string): string {
  return element('text', { class: kind, x: rounded(x), y, 'text-anchor': anchor }, escaped(text));
}

/** A label near an edge extends away from the edge. */
const anchorAt = (x: number) => (x < LABEL + 80 ? 'start' : x > WIDTH - 80 ? 'end' : 'middle');
const cut = (text: string) => (text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text);
const rounded = (value: number) => Number(value.toFixed(1));

/** Returns four to eight round numbers from 0 on. The last one is at least `most`. */
function niceScale(most: number): { end: number; steps: number[] } {
  const least = Math.max(most, Number.MIN_VALUE) / 8;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power;
  const count = Math.ceil(most / step);
  return { end: count * step, steps: Array.from({ length: count + 1 }, (_, i) => i * step) };
}
