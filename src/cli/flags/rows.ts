import type { Flag } from './flag.js';
import { setsValue } from './flag.js';
import type { Plan } from './plan.js';
import { bytes, choice, wholeNumber } from './values.js';

/** How lines are read as rows, and what is asked of these. */
export interface RowsRequest {
  plan: Plan;
  /** The columns that an exporter writes. */
  columnNames: string[] | undefined;
  unparsed: 'drop' | 'keep' | 'fail';
  groupMemory: number | undefined;
}

/** Reads names separated by commas. */
const names = (value: string): string[] => value.split(',').map((name) => name.trim());

const TERABYTE = 2 ** 40;

export const ROWS_FLAGS: readonly Flag<RowsRequest>[] = [
  {
    name: 'parse',
    value: 'PLUGIN',
    group: 'rows',
    scope: 'line',
    help: 'Read lines as rows of columns, by this parser',
    details:
      'What follows reads the columns that it gives: --parse access. Lines that do not have its format are left out, counted and reported. plughost inspect FILE lists the columns of a parser.',
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
      'Options of the plugin follow it: --aggregate quantiles -p of=bytes. Repeat the flag for more answers. The answers go to the exporter, or are CSV without one.',
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
      'COLUMNS are separated by commas. Values may be cut into steps: time:1m, bytes:10k, bytes:log2. Aggregators with the same COLUMNS share a table.',
    apply({ plan }, value, refuse) {
      plan.aggregatorOf(refuse).by = names(value);
    },
  },
  {
    name: 'sort',
    value: 'COLUMNS',
    group: 'rows',
    scope: 'line',
    help: 'Sort these answers by columns, -COLUMN descends',
    apply({ plan }, value, refuse) {
      plan.aggregatorOf(refuse).sort = names(value);
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
      plan.aggregatorOf(refuse).limit = wholeNumber(0, Number.MAX_SAFE_INTEGER)(value, refuse);
    },
  },
  {
    name: 'columns',
    value: 'COLUMNS',
    group: 'rows',
    scope: 'line',
    help: 'Export these columns of the kept rows',
    details:
      'COLUMNS are separated by commas. By default an exporter gets all columns that the parser always has. A type may follow a name: ms:real, of text, integer, real, time and boolean.',
    apply(request, value) {
      request.columnNames = names(value);
    },
  },
  {
    name: 'unparsed',
    value: 'WHAT',
    choices: ['drop', 'keep', 'fail'],
    group: 'rows',
    help: 'What to do with lines that do not fit',
    details:
      'drop: they have no row, and are counted and reported. keep: their row has no values. fail: the first one ends the run.',
    ...setsValue('unparsed', choice<'drop' | 'keep' | 'fail'>(), 'drop'),
  },
  {
    name: 'group-memory',
    value: 'SIZE',
    group: 'rows',
    help: 'Memory for groups, 512M by default',
    details: 'Groups that need more go into temporary files without names, in TMPDIR.',
    ...setsValue('groupMemory', bytes(TERABYTE)),
  },
];
