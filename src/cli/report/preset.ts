import { Caller } from '../../pipeline/caller.js';
import type { Column } from '../../pipeline/rows/column-type.js';
import { readKey } from '../../pipeline/rows/key.js';
import type { Cell, Row } from '../../pipeline/rows/row-batch.js';
import type { Zone } from '../../pipeline/rows/zone.js';
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
  /** Whether it is shown without a value too, because somebody has asked for it. */
  asked?: boolean;
  /** What may help if no line has a value. */
  hint?: string;
  /** Says what a value of the first key is called. */
  label?: (key: Cell) => string;
  /** Of a timeline: says what a value of the second key is called, and which of six colours it has. */
  series?: (key: Cell) => { name: string; color: number };
}

/** For messages. */
export const REPORT = Caller.command('report');

const COUNT: NamedPlugin = { name: 'count', parameters: [] };
/** The rows of a panel with bars. The rest of all lines is one row more. */
const TOP = 20;

/** Returns the panel that counts lines by a column, or by a step of one, such as `bytes:log2`. */
export const barsOf = (title: string, key: string): Panel => ({
  title,
  form: 'bars',
  aggregators: [COUNT],
  by: [key],
  sort: [mostFirst([key])],
  limit: TOP,
});

/** Returns the order of counts by keys. Two columns of one name have longer ones. */
const mostFirst = (keys: readonly string[]): string =>
  keys.some((key) => readKey(REPORT, 'by', key).name === 'count') ? '-count.count' : '-count';

/**
 * Returns the panel that counts lines by minute, and by a second key if there is one. A longer time is drawn in longer
 * steps.
 */
export const timelineOf = (column: string, ...second: string[]): Panel => ({
  title: OVER_TIME,
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

/** The title of a preset's chart of lines over time. */
const OVER_TIME = 'Over time';

/** Returns whether a panel is the chart of lines over time of a preset. */
export const isOverTime = ({ title }: Panel): boolean => title === OVER_TIME;

/** The rows of a panel that is a table. */
export const TABLE_ROWS = 100;

/** What a panel must know of a list of keys and its aggregators. */
export interface Section {
  by: readonly Pick<HeaderSection['by'][number], 'text' | 'type'>[];
  aggregators: readonly { id: string }[];
}

const idOf = ({ name }: Pick<NamedPlugin, 'name'>) => `org.plughost.${name}`;

/** Returns whether a panel of a preset is about such groups. */
function isOf({ by, aggregators }: Section, panel: Panel): boolean {
  const same = (some: readonly string[], others: readonly string[]) => some.join() === others.join();
  return (
    same(
      panel.by,
      by.map(({ text }) => text),
    ) &&
    same(
      panel.aggregators.map(idOf),
      aggregators.map(({ id }) => id),
    )
  );
}

/** Returns a panel that shows groups plainly. */
function plainPanelOf({ by, aggregators }: Section): Panel {
  const keys = by.map(({ text }) => text);
  const [first] = by;
  const title = titleOf(keys);
  if (!first) return { title: 'All lines', form: 'facts', aggregators: [], by: [] };
  const counts = aggregators.length === 1 && aggregators[0]?.id === idOf(COUNT);
  if (counts && by.length <= 2 && first.type === 'time' && hasLongSteps(first.text))
    return { title, form: 'timeline', aggregators: [COUNT], by: keys };
  if (counts && by.length === 1) return barsOf(title, first.text);
  // One row more shows that there are more.
  const table = { title, form: 'table', by: keys, limit: TABLE_ROWS + 1 } as const;
  return counts ? { ...table, aggregators: [COUNT], sort: [mostFirst(keys)] } : { ...table, aggregators: [] };
}

/** A timeline needs all groups, and of shorter steps there may be too many. */
const hasLongSteps = (text: string): boolean => /^\d+[smhdw]$/.test(readKey(REPORT, 'by', text).step ?? '');

export const titleOf = (keys: readonly string[]): string => `By ${keys.join(', ')}`;

/** Returns the panel that a flag asks for: the counts of lines by keys. */
export const askedPanelOf = (by: Section['by']): Panel => ({
  ...plainPanelOf({ by, aggregators: [{ id: idOf(COUNT) }] }),
  asked: true,
});

/** A panel, and the place of its answer. */
export interface PlacedPanel {
  panel: Panel;
  place: number;
}

/**
 * Returns each panel once. The first one of several that ask the same stays, and is shown without a value too if one of them
 * was asked for.
 */
export function onceEach(panels: readonly Panel[]): PlacedPanel[] {
  const found = new Map<string, PlacedPanel>();
  for (const [place, panel] of panels.entries()) {
    const { by, aggregators, asked } = panel;
    // One without aggregators shows whatever its states are of.
    const question = aggregators.length > 0 ? JSON.stringify([by, aggregators]) : String(place);
    const first = found.get(question);
    if (!first) found.set(question, { panel, place });
    else if (asked) first.panel = { ...first.panel, asked };
  }
  return [...found.values()];
}

/**
 * Returns the panels of a file of states. If it is one of a report, they are those of the report: all of the parser's preset,
 * then those that flags have asked for.
 */
export function panelsOfStates(sections: readonly Section[], preset: readonly Panel[]): Panel[] {
  const isOfReport =
    preset.length > 0 &&
    preset.every((panel, i) => {
      const section = sections[i];
      return section !== undefined && isOf(section, panel);
    });
  return sections.map((section, i): Panel => {
    const own = isOfReport ? preset[i] : undefined;
    if (own) return own;
    const known = isOfReport ? undefined : preset.find((panel) => isOf(section, panel));
    return { ...(known ?? plainPanelOf(section)), asked: true };
  });
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
    {
      ...timelineOf('time'),
      hint: 'Times without a year, as RFC 3164 has them, need one: --parse syslog -p year=2026.',
    },
    { ...barsOf('Severities', 'severity'), label: (key) => SEVERITIES[Number(key)] ?? String(key) },
    barsOf('Programs', 'app'),
    barsOf('Hosts', 'host'),
    barsOf('Messages', 'message'),
  ],
};

/** Returns the panels for a parser by its id; none if it has no preset. */
export const presetOf = (id: string): readonly Panel[] =>
  Object.entries(PRESETS).find(([name]) => id === idOf({ name }))?.[1] ?? [];

/** The answer to a panel. */
export interface Answer {
  panel: Panel;
  columns: readonly Column[];
  rows: readonly Row[];
  /** The zone of its times. UTC, if there is none. */
  zone?: Zone | undefined;
}

/** Returns the name of the column that counts the lines of each group. */
export const countColumnOf = ({ panel, columns }: Answer): string => columns[panel.by.length]?.name ?? '';

/** Returns whether an answer says something: a key, or a number other than 0. */
export function saysSomething({ panel, columns, rows }: Answer): boolean {
  const key = columns[0]?.name ?? '';
  if (panel.form === 'table') return rows.length > 0;
  if (panel.by.length > 0) return rows.some((row) => row[key] !== null);
  return rows.some((row) => Object.values(row).some((cell) => cell !== null && Number(cell) !== 0));
}
