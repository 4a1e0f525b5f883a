import type { Column } from '../../pipeline/rows/column-type.js';
import type { Row } from '../../pipeline/rows/row-batch.js';
import { element, escaped } from '../page/markup.js';
import { documentOf, tableOf } from '../page/page.js';
import { type Answer, saysSomething } from './preset.js';
import { STYLE } from './style.js';
import { stepText, timelineChart, timelineFrom } from './timeline.js';
import { cellText, numberText, shareText, timeText } from './words.js';

/** What to say below the answers of aggregators that estimate. Their READMEs say the same. */
const ESTIMATES: ReadonlyMap<string, string> = new Map([
  ['quantiles', 'Quantiles are at most 1/128 away from the number of that rank.'],
  ['distinct', 'Different values are counted with a standard error of 0.8 %.'],
]);

/** What a report is about. */
export interface ReportFacts {
  title: string;
  /** Sentences about what was read. */
  read: readonly string[];
  /** What was not read, or not understood. */
  remarks: readonly string[];
  /** Lines that have the format. */
  rows: number;
}

/** What a report shows, but for its title. */
export interface Report {
  answers: readonly Answer[];
  facts: Omit<ReportFacts, 'title'>;
}

/** Returns the report as a page that needs nothing else and has no script. */
export function reportPage({ title, read, remarks, rows }: ReportFacts, answers: readonly Answer[]): string {
  const shown = answers.filter(saysSomething);
  const panels = shown.map((answer) => panelOf(answer, rows)).filter(Boolean);
  const hasNoTime = rows > 0 && !shown.some(({ panel }) => panel.form === 'timeline');
  const notes = hasNoTime ? [...remarks, 'No line has a time, so there is no chart of lines over time.'] : remarks;
  const body = [
    element('h1', {}, escaped(title)),
    element('p', { class: 'facts' }, read.map(escaped).join('<br>')),
    ...notes.map((remark) => element('p', { class: 'remark' }, escaped(remark))),
    ...(panels.length > 0 ? panels : [element('p', {}, 'There is nothing to show: no line has a value.')]),
  ];
  return documentOf(title, STYLE, body);
}

function panelOf(answer: Answer, rows: number): string {
  const { title, form } = answer.panel;
  const drawn = { timeline: timelineOf, bars: barsOf, facts: factsOf, table: answerTableOf }[form](answer, rows);
  const notes = answer.panel.aggregators.flatMap(({ name }) => ESTIMATES.get(name) ?? []);
  const below = notes.map((note) => element('p', { class: 'legend' }, escaped(note))).join('');
  return drawn && element('section', {}, element('h2', {}, escaped(title)) + drawn + below);
}

function timelineOf(answer: Answer): string {
  const timeline = timelineFrom(answer);
  if (!timeline) return '';
  const { begin, step, series, counts } = timeline;
  const named = series.flatMap(({ name, color }) => (name === null ? [] : [{ name, color }]));
  const legend = named.map(({ name, color }) => element('span', { class: `key series-${color}` }, escaped(name)));
  const lines = counts.map((parts, i) => [
    timeText(begin + BigInt(i) * step),
    ...parts.map((part) => numberText(part)),
  ]);
  const heads = ['from', ...(named.length > 0 ? named.map(({ name }) => name) : ['lines'])];
  return [
    element('p', { class: 'legend' }, `${escaped(`Lines in each step of ${stepText(step)}. `)}${legend.join(' ')}`),
    element('div', { class: 'wide' }, timelineChart(timeline)),
    element('details', {}, element('summary', {}, 'As a table') + tableOf(heads, lines)),
  ].join('');
}

function barsOf({ panel, columns, rows }: Answer, all: number): string {
  const key = columns[0]?.name ?? '';
  const isTime = columns[0]?.type === 'time';
  const counts = rows.map((row) => Number(row.count));
  const most = Math.max(...counts, 1);
  const rest = all - counts.reduce((sum, count) => sum + count, 0);
  const lines = rows.map((row, i) => {
    const [cell = null, count = 0] = [row[key], counts[i]];
    return barOf(cell !== null && panel.label ? panel.label(cell) : cellText(cell, isTime), count, count / most, all);
  });
  if (rest > 0) lines.push(barOf('all others', rest, undefined, all));
  const heads = ['value', 'lines', 'share', ''].map((head) => element('th', {}, escaped(head))).join('');
  return element(
    'div',
    { class: 'wide' },
    element(
      'table',
      { class: 'bars' },
      element('thead', {}, element('tr', {}, heads)) + element('tbody', {}, lines.join('')),
    ),
  );
}

/** Returns a row of a table with a bar. `length` is from 0 to 1; without it there is no bar. */
function barOf(label: string, count: number, length: number | undefined, all: number): string {
  const bar =
    length === undefined ? '' : element('div', { class: 'bar', style: `width:${(100 * length).toFixed(1)}%` }, '');
  const cells = [escaped(label), numberText(count), shareText(count, all), bar];
  return element('tr', {}, cells.map((cell) => element('td', {}, cell)).join(''));
}

function answerTableOf({ columns, rows }: Answer): string {
  const lines = rows.map((row) => columns.map((column) => valueText(row, column)));
  return element(
    'div',
    { class: 'wide' },
    tableOf(
      columns.map(({ name }) => name),
      lines,
    ),
  );
}

function valueText(row: Row, { name, type }: Column): string {
  const value = row[name] ?? null;
  const isNumber = type !== 'time' && (typeof value === 'number' || typeof value === 'bigint');
  return isNumber ? numberText(value) : cellText(value, type === 'time');
}

function factsOf({ columns, rows }: Answer): string {
  const [row = {}] = rows;
  const facts = columns.map((column) => {
    const value = element('dd', {}, escaped(valueText(row, column)));
    return element('div', {}, element('dt', {}, escaped(column.name)) + value);
  });
  return element('dl', {}, facts.join(''));
}
