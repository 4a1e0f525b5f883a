import type { Unparsed } from '../../pipeline/rows/row-stage.js';
import { zoneOf } from '../../pipeline/rows/zone.js';
import { nearest } from '../../text/nearest.js';
import { parseTime, timeFault } from '../time/parse-time.js';
import type { Flag, Refuse } from './flag.js';
import { setsTrue, setsValue } from './flag.js';
import type { Plan } from './plan.js';
import { bytes, names, wholeNumber } from './values.js';

/** Which times rows have, and how times are read and shown. */
export interface TimesRequest {
  /** Rows from this time on, and before that one, as they were written. */
  since: string | undefined;
  until: string | undefined;
  /** The column that these are about. Undefined: the first one of the parser that is a time. */
  timeColumn: string | undefined;
  timeZone: string | undefined;
}

/** How lines are read as rows, and what is asked of these. */
export interface RowsRequest extends TimesRequest {
  plan: Plan;
  /** The columns that an exporter writes. */
  columnNames: string[] | undefined;
  unparsed: Unparsed;
  /** The file that gets the lines which do not fit. */
  unparsedFile: string | undefined;
  groupMemory: number | undefined;
  emitState: boolean;
}

const UNPARSED: readonly Unparsed[] = ['drop', 'keep', 'fail'];

const isUnparsed = (word: string): word is Unparsed => (UNPARSED as readonly string[]).includes(word);

/** Refuses a word that is nearly one of the choices, unless a path shows that it is a file. */
function fileName(value: string, refuse: Refuse): string {
  const [near] = value.includes('/') ? [] : nearest(value, UNPARSED);
  if (near) refuse(`did you mean ${near}?`, `a file of this name is ./${value}`);
  if (value === '' || value === '-') refuse('the name of a file is needed, or one of drop, keep and fail');
  return value;
}

/** Reads the name of a column, which stands for itself. */
function columnName(value: string, refuse: Refuse): string {
  if (value === '') refuse('the name of a column is needed');
  return value;
}

/** Reads a point in time. It stays text, because its meaning depends on --tz. */
function time(value: string, refuse: Refuse): string {
  const now = Date.now();
  if (parseTime(value, now, undefined) === undefined) {
    const { reason, hint } = timeFault(value, now, undefined);
    refuse(reason, hint);
  }
  return value;
}

const checkParser = ({ plan }: RowsRequest, refuse: Refuse): void => {
  if (!plan.stages.some(({ kind }) => kind === 'parse')) refuse('needs a parser', 'write: --parse access');
};

const SINCE_FLAG: Flag<TimesRequest> = {
  name: 'since',
  value: 'TIME',
  group: 'rows',
  help: 'Keep the rows from this time on',
  details:
    'TIME is 2026-01-31T09:30:00Z, a date, today, yesterday, "yesterday 14:00", 14:00, now, @ and seconds since 1970, or how long ago it was: 90m, 2h, "2 hours ago", 7d. A time without an offset is in the zone of --tz. The rows are those of the parser that is named last.',
  ...setsValue('since', time),
  dormant: true,
};

const UNTIL_FLAG: Flag<TimesRequest> = {
  name: 'until',
  value: 'TIME',
  group: 'rows',
  help: 'Keep the rows before this time',
  details: 'TIME is written as for --since: --since yesterday --until today keeps those of yesterday.',
  ...setsValue('until', time),
  dormant: true,
};

const TIME_COLUMN_FLAG: Flag<TimesRequest> = {
  name: 'time-column',
  value: 'NAME',
  group: 'rows',
  help: 'The column that --since and --until are about',
  details:
    'By default the first column of the parser that is a time, or a text named time. A text is read as a time. A parser with columns of any name needs the flag.',
  ...setsValue('timeColumn', columnName),
  check({ since, until }, refuse) {
    if (since === undefined && until === undefined) refuse('says nothing without --since and --until');
  },
  dormant: true,
};

const TIME_ZONE_FLAG: Flag<TimesRequest> = {
  name: 'tz',
  value: 'ZONE',
  group: 'rows',
  help: 'Time zone of days, hours and printed times',
  details:
    'A name such as Europe/Berlin, or an offset such as +02:00; UTC by default. It cuts --by time:1d, is that of the times which exporters write, and of times in --since and --until that have no offset.',
  apply(request, value, refuse) {
    zoneOf(value, (reason, hint) => refuse(reason, hint));
    request.timeZone = value;
  },
  negate(request) {
    request.timeZone = undefined;
  },
};

/** Flags about the times of rows. */
export const TIME_FLAGS: readonly Flag<TimesRequest>[] = [SINCE_FLAG, UNTIL_FLAG, TIME_COLUMN_FLAG, TIME_ZONE_FLAG];

/** What to write instead, because only answers are sorted and limited. */
const SORTED_ROWS =
  "it sorts answers: --aggregate count --by path --sort -count; DuckDB sorts rows: --columns path,bytes --export duckdb -p sql='select * from rows order by bytes desc limit 10'";
const FIRST_ROWS =
  'it is about answers: --aggregate count --by path --limit 10; with --columns, -m 10 prints the first rows of each file';

const TERABYTE = 2 ** 40;

export const GROUP_MEMORY_FLAG: Flag<Pick<RowsRequest, 'groupMemory'>> = {
  name: 'group-memory',
  value: 'SIZE',
  group: 'rows',
  help: 'Memory for groups, 512M by default',
  details: 'Groups that need more go into temporary files without names, in TMPDIR.',
  ...setsValue('groupMemory', bytes(TERABYTE)),
};

export const ROWS_FLAGS: readonly Flag<RowsRequest>[] = [
  {
    name: 'parse',
    value: 'PLUGIN',
    group: 'rows',
    scope: 'line',
    help: 'Read lines as rows of columns, by this parser',
    details:
      'What follows reads the columns that it gives: --parse access. Lines that do not have its format are left out, counted and reported. plughost inspect --columns PLUGIN lists the columns of a parser.',
    apply({ plan }, value) {
      plan.addParser(value);
    },
  },
  {
    name: 'where',
    value: 'CONDITION',
    group: 'rows',
    scope: 'line',
    help: 'Keep the rows for which a condition holds',
    details: 'Short for --filter where -p expr=CONDITION: --where \'status >= 500 and path ~ "^/api"\'.',
    apply({ plan }, value) {
      plan.addWhere(value);
    },
  },
  {
    name: 'aggregate',
    value: 'PLUGIN',
    group: 'rows',
    scope: 'line',
    help: 'Print what this aggregator makes of the rows',
    details:
      'Options of the plugin follow it: --aggregate quantiles -p of=bytes. Repeat the flag for more answers. The answers go to the exporter. Without one they are a table at a terminal, and CSV elsewhere.',
    apply({ plan }, value) {
      plan.addAggregator(value);
    },
  },
  {
    name: 'by',
    value: 'COLUMNS',
    group: 'rows',
    scope: 'line',
    help: 'Group the rows of the aggregator before it',
    details:
      'COLUMNS are separated by commas. Values may be cut into steps: time:1m, bytes:10k, bytes:log2. A type may stand before them: n:integer, ms:real:0.5. A name in backquotes may have commas, colons and blanks: `a, b`. Aggregators with the same COLUMNS share a table.',
    apply({ plan }, value, refuse) {
      plan.aggregatorOf(refuse, 'write: --aggregate count --by COLUMN').by = names(value, refuse);
    },
  },
  {
    name: 'sort',
    value: 'COLUMNS',
    group: 'rows',
    scope: 'line',
    help: 'Sort these answers by columns, -COLUMN descends',
    details: 'The aggregators of a table have one order, and one --limit.',
    apply({ plan }, value, refuse) {
      plan.aggregatorOf(refuse, SORTED_ROWS).sort = names(value, refuse);
    },
  },
  {
    name: 'limit',
    value: 'N',
    group: 'rows',
    scope: 'line',
    help: 'Print only the first N of these answers',
    details: '0 prints all, as without the flag.',
    apply({ plan }, value, refuse) {
      plan.aggregatorOf(refuse, FIRST_ROWS).limit = wholeNumber(0, Number.MAX_SAFE_INTEGER)(value, refuse);
    },
  },
  {
    name: 'emit-state',
    group: 'rows',
    scope: 'line',
    help: 'Write states, which merge, instead of answers',
    details:
      'The states of several runs become one by plughost merge, and plughost finish prints their answers. A run that fails writes none.',
    ...setsTrue('emitState'),
  },
  {
    name: 'columns',
    value: 'COLUMNS',
    group: 'rows',
    help: 'Export these columns of the kept rows',
    details:
      'COLUMNS are separated by commas. By default an exporter gets all columns that the parser always has. A type may follow a name: ms:real, of text, integer, real, time and boolean. A name in backquotes may have commas, colons and blanks: `a, b`.',
    ...setsValue('columnNames', names),
  },
  { ...SINCE_FLAG, check: checkParser },
  { ...UNTIL_FLAG, check: checkParser },
  TIME_COLUMN_FLAG,
  { ...TIME_ZONE_FLAG, check: checkParser, dormant: true },
  {
    name: 'unparsed',
    value: 'WHAT',
    group: 'rows',
    scope: 'named',
    help: 'What to do with lines that do not fit',
    details:
      'drop: they have no row, and are counted and reported. keep: their row has no values. fail: the first one ends the run. Anything else is a file that gets these lines, in their order, when the run has succeeded; ./keep is a file of that name.',
    resolve: (value, path) => (isUnparsed(value) ? value : path(value)),
    apply(request, value, refuse) {
      request.unparsed = isUnparsed(value) ? value : 'drop';
      request.unparsedFile = isUnparsed(value) ? undefined : fileName(value, refuse);
    },
    negate(request) {
      request.unparsed = 'drop';
      request.unparsedFile = undefined;
    },
    check: checkParser,
    dormant: true,
  },
  GROUP_MEMORY_FLAG,
];
