import type { Column } from '../../pipeline/rows/column-type.js';
import { readKey } from '../../pipeline/rows/key.js';
import type { Row } from '../../pipeline/rows/row-batch.js';
import type { Zone } from '../../pipeline/rows/zone.js';
import { element, escaped } from '../page/markup.js';
import { documentOf, tableOf } from '../page/page.js';
import { VALUES } from '../run/run-messages.js';
import { type Answer, countColumnOf, isOverTime, REPORT, saysSomething, TABLE_ROWS } from './preset.js';
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
  const shown = rows > 0 ? answers.filter((answer) => answer.panel.asked || saysSomething(answer)) : [];
  const titles = titlesOf(shown);
  const panels = shown.map((answer, i) => panelOf(answer, titles[i] ?? '', rows));
  const notes = [...remarks, ...(rows > 0 ? notesOnTime(answers) : [])];
  const body = [
    element('h1', {}, escaped(title)),
    element('p', { class: 'facts' }, read.map(escaped).join('<br>')),
    ...notes.map((remark) => element('p', { class: 'remark' }, escaped(remark))),
    ...(panels.length > 0 ? panels : [element('p', {}, escaped(nothingToShow(answers, rows)))]),
  ];
  return documentOf(title, STYLE, body);
}

/** Returns the titles of panels. Of two charts over time each says by which column it is. */
function titlesOf(answers: readonly Answer[]): string[] {
  const charts = answers.filter(({ panel }) => isOverTime(panel)).length;
  return answers.map(({ panel }) =>
    isOverTime(panel) && charts > 1 ? `${panel.title}, by ${firstColumnOf(panel)}` : panel.title,
  );
}

/** Returns the name of the first column by which a panel groups lines, without its steps; empty if there is none. */
const firstColumnOf = ({ by: [key] }: Answer['panel']): string =>
  key === undefined ? '' : readKey(REPORT, 'by', key).name;

/** Says that a chart over time is missing, if the parser's preset has one. */
function notesOnTime(answers: readonly Answer[]): string[] {
  const charts = answers.filter(({ panel }) => isOverTime(panel));
  if (charts.length === 0 || charts.some(saysSomething)) return [];
  const hints = charts.flatMap(({ panel }) => panel.hint ?? []);
  return [['No line has a time, so there is no chart of lines over time.', ...hints].join(' ')];
}

function nothingToShow(answers: readonly Answer[], rows: number): string {
  if (rows === 0) return 'There is nothing to show: no line is counted.';
  const names = [...new Set(answers.map(({ panel }) => firstColumnOf(panel)).filter(Boolean))];
  return `There is nothing to show: no line has a value in ${names.join(', ')}. The flag --by COLUMN counts lines by another column.`;
}

function panelOf(answer: Answer, title: string, rows: number): string {
  const { form, aggregators, by } = answer.panel;
  const draw = { timeline: timelineOf, bars: barsOf, facts: factsOf, table: answerTableOf }[form];
  const drawn =
    by.length === 0 || saysSomething(answer) ? draw(answer, rows) : element('p', {}, emptyText(answer, rows));
  const notes = aggregators.flatMap(({ name }) => ESTIMATES.get(name) ?? []);
  const below = notes.map((note) => element('p', { class: 'legend' }, escaped(note))).join('');
  return element('section', {}, element('h2', {}, escaped(title)) + drawn + below);
}

/** Says that no line has a value of the first key, because a wrong name or type looks like an answer. */
function emptyText({ panel, columns }: Answer, rows: number): string {
  const value = VALUES[columns[0]?.type ?? 'any'];
  return escaped(`None of ${numberText(rows)} lines has ${value} in the column ${firstColumnOf(panel)}.`);
}

function timelineOf(answer: Answer): string {
  const timeline = timelineFrom(answer);
  if (!timeline) return '';
  const { begin, step, series, counts, without } = timeline;
  const { zone } = answer;
  const named = series.flatMap(({ name, color }) => (name === null ? [] : [{ name, color }]));
  const legend = named.map(({ name, color }) => element('span', { class: `key series-${color}` }, escaped(name)));
  const lines = counts.map((parts, i) => [
    timeText(begin + BigInt(i) * step, zone),
    ...parts.map((part) => numberText(part)),
  ]);
  const heads = ['from', ...(named.length > 0 ? named.map(({ name }) => name) : ['lines'])];
  const missing =
    without > 0 ? `${numberText(without)} ${without === 1 ? 'line has' : 'lines have'} no such time. ` : '';
  const facts = escaped(`Lines in each step of ${stepText(step)}. ${missing}`);
  return [
    element('p', { class: 'legend' }, `${facts}${legend.join(' ')}`),
    element('div', { class: 'wide' }, timelineChart(timeline, zone)),
    element('details', {}, element('summary', {}, 'As a table') + tableOf(heads, lines)),
  ].join('');
}

function barsOf(answer: Answer, all: number): string {
  const { panel, columns, rows, zone } = answer;
  const key = columns[0]?.name ?? '';
  const isTime = columns[0]?.type === 'time';
  const counted = countColumnOf(answer);
  const counts = rows.map((row) => Number(row[counted]));
  const most = Math.max(...counts, 1);
  const rest = all - counts.reduce((sum, count) => sum + count, 0);
  const lines = rows.map((row, i) => {
    const [cell = null, count = 0] = [row[key], counts[i]];
    return barOf(
      cell !== null && panel.label ? panel.label(cell) : cellText(cell, isTime, zone),
      count,
      count / most,
      all,
    );
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

function answerTableOf({ columns, rows, zone }: Answer): string {
  const lines = rows.slice(0, TABLE_ROWS).map((row) => columns.map((column) => valueText(row, column, zone)));
  const more =
    rows.length > TABLE_ROWS
      ? element('p', { class: 'legend' }, `These are the first ${TABLE_ROWS} rows. There are more.`)
      : '';
  const table = element(
    'div',
    { class: 'wide' },
    tableOf(
      columns.map(({ name }) => name),
      lines,
    ),
  );
  return table + more;
}

function valueText(row: Row, { name, type }: Column, zone?: Zone): string {
  const value = row[name] ?? null;
  const isNumber = type !== 'time' && (typeof value === 'number' || typeof value === 'bigint');
  return isNumber ? numberText(value) : cellText(value, type === 'time', zone);
}

function factsOf({ columns, rows, zone }: Answer): string {
  const [row = {}] = rows;
  const facts = columns.map((column) => {
    const value = element('dd', {}, escaped(valueText(row, column, zone)));
    return element('div', {}, element('dt', {}, escaped(column.name)) + value);
  });
  return element('dl', {}, facts.join(''));
}
