import { WHEN, type When } from '../terminal/when.js';
import { COMMON_FLAGS, type CommonRequest } from './common.js';
import { type Flag, setsTrue, setsValue } from './flag.js';
import { choice, seconds, wholeNumber } from './values.js';

/** How a run is carried out and watched. */
export interface OtherRequest extends CommonRequest {
  timeout: number | undefined;
  workers: number | undefined;
  stats: boolean;
  progress: When;
}

export const WORKERS_FLAG: Flag<Pick<OtherRequest, 'workers'>> = {
  name: 'workers',
  short: 'j',
  value: 'N',
  group: 'other',
  help: 'Use N threads (default: one for each core)',
  ...setsValue('workers', wholeNumber(1, 1024)),
};

export const OTHER_FLAGS: readonly Flag<OtherRequest>[] = [
  {
    name: 'timeout',
    value: 'SECONDS',
    group: 'other',
    guard: true,
    help: 'Stop the run after this time, with status 2',
    details: 'Standard output has what was complete by then. A file of -o appears only with --keep-partial.',
    ...setsValue('timeout', seconds),
  },
  WORKERS_FLAG,
  {
    name: 'stats',
    group: 'other',
    help: 'Print statistics to standard error',
    details: 'Bytes, lines and speed of the whole run and of each plugin.',
    ...setsTrue('stats'),
  },
  {
    name: 'progress',
    value: 'WHEN',
    choices: WHEN,
    group: 'other',
    help: 'Show progress: auto, always, or never',
    details: 'auto (the default) shows it on a terminal, unless the lines go to the terminal too.',
    ...setsValue('progress', choice<When>(), 'auto'),
  },
  {
    name: 'config',
    value: 'FILE',
    once: true,
    group: 'other',
    scope: 'line',
    help: 'Read this configuration, and no other',
    details: 'See plughost help configuration.',
    apply() {},
  },
  {
    name: 'no-config',
    group: 'other',
    scope: 'line',
    help: 'Read no configuration',
    details: "Neither your own nor the current folder's. Of --config and --no-config the last one wins.",
    apply() {},
  },
  ...COMMON_FLAGS,
];
