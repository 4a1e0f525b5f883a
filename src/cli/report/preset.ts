import type { Column } from '../../pipeline/rows/column-type.js';
import { readKey } from '../../pipeline/rows/key.js';
import type { Cell, Row } from '../../pipeline/rows/row-batch.js';
import type { HeaderSection } from '../../pipeline/states/header.js';
import type { NamedPlugin } from '../flags/plan.js';

/** How the answers of a panel are drawn. */
export type PanelForm = 'timeline' | 'bars' | 'facts' | 'table';

/** One question of a report, and how its answer is drawn. */
export interface Panel {
  title: string;
  form: PanelForm;
  aggregators: readonly NamedPlugin[];
  by: readonly string[];
  /** The columns by which the answer is sorted. */
  sort?: readonly string[];
  limit?: number;
  /** Says what a value of the first key is called. */
  label?: (key: Cell) => string;
  /** Of a timeline: says what a value of the second key is called, and which of six colours it has. */
  series?: (key: Cell) => { name: string; color: number };
}

const COUNT: NamedPlugin = { name: 'count', parameters: [] };
/** The rows of a panel with bars. The rest of all lines is one row more. */
const TOP = 20;

/** Returns the panel that counts lines by a column, or by a step of one, such as `bytes:log2`. */
export function barsOf(title: string, key: string): Panel {
  const { name } = readKey('--by', key);
  return { title, form: 'bars', aggregators: [COUNT], by: [key], sort: ['-count', name], limit: TOP };
}

/**
 * Returns the panel that counts lines by minute, and by a second key if there is one. A longer time is drawn in longer
 * steps.
 */
export const timelineOf = (column: string, ...second: string[]): Panel => ({
  title: 'Over time',
  form: 'timeline',
  aggregators: [COUNT],
  by: [`${column}:1m`, ...second],
});

function numbersOf(title: string, column: string): Panel {
  const of = { values: { of: column } };
  const at = { values: { of: column, at: '1,10,25,50,75,90,99,99.9' } };
  return {
    title,
    form: 'facts',
    aggregators: [
      { name: 'stats', parameters: [of] },
      { name: 'quantiles', parameters: [at] },
    ],
    by: [],
  };
}

const differentOf = (title: string, column: string): Panel => ({
  title,
  form: 'facts',
  aggregators: [{ name: 'distinct', parameters: [{ values: { of: column } }] }],
  by: [],
});

/** The rows of a panel that is a table. */
const TABLE_ROWS = 100;

/** Returns the panel of the groups of a file of states: that of the parser's preset, or one that shows them plainly. */
export function panelOf({ by, aggregators }: HeaderSection, preset: readonly Panel[]): Panel {
  const keys = by.map(({ text }) => text);
  const idOf = ({ name }: NamedPlugin) => `org.plughost.${name}`;
  const known = preset.find(
    (panel) =>
      panel.by.join() === keys.join() && panel.aggregators.map(idOf).join() === aggregators.map(({ id }) => id).join(),
  );
  if (known) return known;
  const [first] = by;
  const title = `By ${keys.join(', ')}`;
  if (!first) return { title: 'All lines', form: 'facts', aggregators: [], by: [] };
  const counts = aggregators.length === 1 && aggregators[0]?.id === idOf(COUNT);
  if (counts && by.length <= 2 && first.type === 'time')
    return { title, form: 'timeline', aggregators: [COUNT], by: keys };
  if (counts && by.length === 1) return { ...barsOf(title, first.text), sort: ['-count', first.name] };
  return { title, form: 'table', aggregators: [], by: keys, limit: TABLE_ROWS };
}

/** Classes of statuses: 4xx and 5xx have the colours of warnings and errors, also where no other class is there. */
const statusClass = (key: Cell) => ({ name: `${Number(key) / 100}xx`, color: (Number(key) / 100 + 4) % 6 });

/** The severities of RFC 5424. */
const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];

/** The panels for parsers that plughost brings. */
export const PRESETS: Readonly<Record<string, readonly Panel[]>> = {
  access: [
    { ...timelineOf('time', 'status:100'), series: statusClass },
    barsOf('Statuses', 'status'),
    barsOf('Paths', 'path'),
    barsOf('Hosts', 'host'),
    differentOf('Different hosts', 'host'),
    numbersOf('Bytes of a response', 'bytes'),
    barsOf('Methods', 'method'),
    barsOf('Referers', 'referer'),
    barsOf('Agents', 'agent'),
  ],
  json: [
    ...['time', 'timestamp', '@timestamp', 'ts'].map((column) => timelineOf(column)),
    ...['level', 'severity'].map((column) => barsOf(`By ${column}`, column)),
    ...['service', 'logger', 'message', 'msg', 'error'].map((column) => barsOf(`By ${column}`, column)),
  ],
  syslog: [
    timelineOf('time'),
    { ...barsOf('Severities', 'severity'), label: (key) => SEVERITIES[Number(key)] ?? String(key) },
    barsOf('Programs', 'app'),
    barsOf('Hosts', 'host'),
    barsOf('Messages', 'message'),
  ],
};

/** The answer to a panel. */
export interface Answer {
  panel: Panel;
  columns: readonly Column[];
  rows: readonly Row[];
}

/** Returns whether an answer says something: a key, or a number other than 0. */
export const saysSomething = ({ panel, rows }: Answer): boolean =>
  rows.some((row) => {
    const cells = Object.values(row);
    return panel.by.length > 0 ? cells[0] !== null : cells.some((cell) => cell !== null && Number(cell) !== 0);
  });
