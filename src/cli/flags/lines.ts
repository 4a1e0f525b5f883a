import { type Flag, type Refuse, setsValue } from './flag.js';
import type { Plan } from './plan.js';
import { wholeNumber } from './values.js';

/** Which lines are kept and shown. */
export interface LinesRequest {
  plan: Plan;
  /** Kept lines of each input after which it is not read further. */
  limit: number | undefined;
  /** Lines to show before and after kept ones; `context` is for both sides where the other two are undefined. */
  before: number | undefined;
  after: number | undefined;
  context: number | undefined;
}

/** Lines before a kept one are held in memory. */
const MAX_CONTEXT = 100_000;

/** Returns how many lines are shown before and after each kept line. */
export function contextOf({ before, after, context = 0 }: LinesRequest): { before: number; after: number } {
  return { before: before ?? context, after: after ?? context };
}

function checkContext(request: LinesRequest, refuse: Refuse): void {
  const { before, after } = contextOf(request);
  if (request.plan.exporter && before + after > 0) refuse('says nothing with --export');
}

export const LINES_FLAGS: readonly Flag<LinesRequest>[] = [
  {
    name: 'filter',
    value: 'PLUGIN',
    group: 'lines',
    scope: 'line',
    help: 'Keep the lines that this filter keeps',
    details:
      'PLUGIN is a name that plughost list shows, or a path. Options of the plugin follow it: --filter regex -p pattern=login. Repeat the flag to keep only the lines that all filters keep; they work in the order in which you name them.',
    apply({ plan }, value) {
      plan.addFilter(value);
    },
  },
  {
    name: 'any',
    group: 'lines',
    scope: 'line',
    help: 'Require only one of the filters that follow',
    details: 'Ends at --all, at --transform, or at the next --any: --any --filter ONE --filter OTHER.',
    apply({ plan }) {
      plan.startAny();
    },
  },
  {
    name: 'all',
    group: 'lines',
    scope: 'line',
    help: 'After --any, require all filters again',
    apply({ plan }, _, refuse) {
      plan.endAny(refuse);
    },
  },
  {
    name: 'invert',
    short: 'v',
    group: 'lines',
    scope: 'line',
    help: 'Keep the lines that the next filter drops',
    apply({ plan }) {
      plan.invertNext(true);
    },
    negate({ plan }) {
      plan.invertNext(false);
    },
  },
  {
    name: 'max-count',
    short: 'm',
    value: 'N',
    group: 'lines',
    help: 'Stop reading a file after N kept lines or rows',
    ...setsValue('limit', wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  },
  {
    name: 'after-context',
    short: 'A',
    value: 'N',
    group: 'lines',
    help: 'Print N lines after each kept line as well',
    ...setsValue('after', wholeNumber(0, MAX_CONTEXT)),
    excludes: ['export'],
    check: checkContext,
  },
  {
    name: 'before-context',
    short: 'B',
    value: 'N',
    group: 'lines',
    help: 'Print N lines before each kept line as well',
    ...setsValue('before', wholeNumber(0, MAX_CONTEXT)),
    excludes: ['export'],
    check: checkContext,
  },
  {
    name: 'context',
    short: 'C',
    value: 'N',
    group: 'lines',
    help: 'Print N lines before and after each kept line',
    details: '-A and -B win over -C, in any order. A line with -- separates groups of lines that do not touch.',
    ...setsValue('context', wholeNumber(0, MAX_CONTEXT)),
    excludes: ['export'],
    drops: ['before-context', 'after-context'],
    check: checkContext,
  },
];
