import { UsageError } from '../../errors/index.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import type { Caller } from '../../pipeline/caller.js';
import { describeRows } from '../../pipeline/rows/describe.js';
import { unknownColumn } from '../../pipeline/rows/unknown-column.js';
import { knownColumns } from '../../pipeline/rows/wanted-columns.js';
import { zoneOf } from '../../pipeline/rows/zone.js';
import type { TimesRequest } from '../flags/rows.js';
import { formatTime, parseTime, timeFault } from '../time/parse-time.js';

/**
 * Returns the condition of --since and --until for the plugin `where`, or undefined without them.
 * @throws UsageError when the parser has no such column, a time is out of reach in the zone, or no row can be between the
 * two; as `describeRows`
 */
export function timeCondition(caller: Caller, request: TimesRequest, parser: Plugin): string | undefined {
  const { since, until, timeZone } = request;
  if (since === undefined && until === undefined) return undefined;
  const now = Date.now();
  const zone =
    timeZone === undefined
      ? undefined
      : zoneOf(timeZone, (reason, hint) => {
          throw new UsageError(caller.message('tz', `--tz ${timeZone}: ${reason}`), { hint });
        });
  // The zone may move a time out of what 64 bits hold.
  const timeOf = (option: string, text: string | undefined) => {
    if (text === undefined) return undefined;
    const time = parseTime(text, now, zone);
    if (time !== undefined) return time;
    const { reason, hint } = timeFault(text, now, zone);
    throw new UsageError(caller.message(option, `--${option} ${text}: ${reason}`), { hint });
  };
  const from = timeOf('since', since);
  const to = timeOf('until', until);
  if (from !== undefined && to !== undefined && from >= to)
    throw new UsageError(caller.message('until', `--until ${until}: it is not after --since ${since}`));
  const column = `\`${timeColumnOf(caller, request, parser).replaceAll('`', '\\`')}\``;
  return [
    ...(from === undefined ? [] : [`${column} >= ${formatTime(from)}`]),
    ...(to === undefined ? [] : [`${column} < ${formatTime(to)}`]),
  ].join(' and ');
}

function timeColumnOf(caller: Caller, { timeColumn, since }: TimesRequest, parser: Plugin): string {
  const { columns, open } = describeRows(parser, 'parser');
  if (timeColumn !== undefined) {
    const known = knownColumns({ columns, open });
    const named = known.find(({ name }) => name === timeColumn);
    const message = (reason: string) => caller.message('time-column', `--time-column ${timeColumn}: ${reason}`);
    if (!named && !open) {
      const names = known.map(({ name }) => name);
      throw unknownColumn(message(`${parser.label} has no column ${timeColumn}`), timeColumn, names);
    }
    // A text is read as a time, as in conditions.
    if (named && named.type !== 'time' && named.type !== 'text')
      throw new UsageError(message(`it is ${named.type}, and no time`));
    return timeColumn;
  }
  const found = (
    columns.find(({ type }) => type === 'time') ?? columns.find(({ name, type }) => name === 'time' && type === 'text')
  )?.name;
  if (found !== undefined) return found;
  const option = since === undefined ? 'until' : 'since';
  const reason = open
    ? 'has columns of any name, so it must be said which is the time'
    : 'has no column that is a time';
  throw new UsageError(caller.message(option, `--${option}: ${parser.label} ${reason}`), {
    ...(open && { hint: 'write: --time-column time' }),
    ...(!open &&
      columns.some(({ type }) => type === 'text') && {
        hint: 'a text that holds times is named by --time-column NAME',
      }),
  });
}
