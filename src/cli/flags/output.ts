import { type Flag, setsTo, setsTrue, setsValue, wholePath } from './flag.js';
import type { Plan } from './plan.js';
import { text } from './values.js';

/** What is printed, and where. */
export interface OutputRequest {
  plan: Plan;
  output: string | undefined;
  append: boolean;
  keepPartial: boolean;
  count: boolean;
  /** With `count`: one number for all inputs. */
  total: boolean;
  /** Print only the names of inputs with a kept line, or without one. */
  listed: 'with' | 'without' | undefined;
  json: boolean;
  quiet: boolean;
  numbers: boolean;
  /** Names of inputs before lines and numbers. Undefined: before numbers, if there are several inputs. */
  filenames: 'always' | 'never' | undefined;
  nul: boolean;
}

const writesFile = ({ output }: OutputRequest) => output !== undefined && output !== '-';

export const OUTPUT_FLAGS: readonly Flag<OutputRequest>[] = [
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    group: 'output',
    scope: 'named',
    help: 'Write to FILE when the run has succeeded',
    details:
      'FILE appears, or is replaced, as a whole at the end. If the run fails, the old file stays as it was. - is standard output.',
    resolve: wholePath,
    ...setsValue('output', text),
    excludes: ['quiet'],
    drops: ['append'],
  },
  {
    name: 'append',
    group: 'output',
    scope: 'named',
    help: 'Add to the end of the output file',
    details: 'Lines are added as they come. An exporter does not repeat its header in a file that is not empty.',
    ...setsTrue('append'),
    drops: ['keep-partial'],
    check(request, refuse) {
      if (!writesFile(request)) refuse('says nothing without an output file', 'name it with -o FILE');
    },
  },
  {
    name: 'keep-partial',
    group: 'output',
    scope: 'named',
    help: 'Write the output file although the run fails',
    details: 'The file then holds what was complete when the run failed.',
    ...setsTrue('keepPartial'),
    check(request, refuse) {
      if (request.append) refuse('says nothing with --append, which adds what there is');
      if (!writesFile(request)) refuse('says nothing without an output file');
    },
  },
  {
    name: 'count',
    short: 'c',
    group: 'output',
    help: 'Print only the number of kept lines of each file',
    details: 'A file without a kept line has the number 0. File names stand before the numbers of several files.',
    ...setsTrue('count'),
    form: true,
  },
  {
    name: 'total',
    group: 'output',
    help: 'With --count, print one number for all files',
    ...setsTrue('total'),
    check(request, refuse) {
      if (!request.count) refuse('says nothing without --count');
    },
  },
  {
    name: 'quiet',
    short: 'q',
    group: 'output',
    help: 'Print nothing, and stop at the first kept line',
    details: 'The exit status is the answer.',
    ...setsTrue('quiet'),
    excludes: ['output'],
    check(request, refuse) {
      if (request.output !== undefined) refuse('prints nothing, so there is no use for --output');
    },
  },
  {
    name: 'line-number',
    short: 'n',
    group: 'output',
    help: 'Print the line number before each line',
    details: 'With --export it is a column, if the exporter can write it.',
    ...setsTrue('numbers'),
  },
  {
    name: 'with-filename',
    short: 'H',
    group: 'output',
    help: 'Print the file name before each line or number',
    details: 'With --export it is a column, if the exporter can write it.',
    replaces: ['no-filename'],
    ...setsTo('filenames', 'always'),
  },
  {
    name: 'no-filename',
    short: 'I',
    group: 'output',
    help: 'Print no file names',
    details: 'Also not before the numbers of several files.',
    replaces: ['with-filename'],
    ...setsTo('filenames', 'never'),
  },
  {
    name: 'files-with-matches',
    short: 'l',
    group: 'output',
    help: 'Print only the names of files with a kept line',
    form: true,
    drops: ['total'],
    replaces: ['files-without-match'],
    ...setsTo('listed', 'with'),
  },
  {
    name: 'files-without-match',
    short: 'L',
    group: 'output',
    help: 'Print only the names of files without one',
    form: true,
    drops: ['total'],
    replaces: ['files-with-matches'],
    ...setsTo('listed', 'without'),
  },
  {
    name: 'null',
    short: '0',
    group: 'output',
    help: 'Print a NUL byte after each file name',
    details: 'It replaces the colon or newline there, for xargs -0 and names with odd characters.',
    ...setsTrue('nul'),
    excludes: ['json', 'export'],
    check(request, refuse) {
      if (request.plan.exporter) refuse('says nothing with --export');
      if (request.json) refuse('says nothing with --json');
    },
  },
  {
    name: 'json',
    group: 'output',
    help: 'Print JSON Lines, as ripgrep --json does',
    details:
      'The messages are begin, match, context, end and summary. Errors and warnings are JSON too, on standard error.',
    ...setsTrue('json'),
    form: true,
    drops: ['total'],
  },
  {
    name: 'export',
    value: 'PLUGIN',
    once: true,
    group: 'output',
    scope: 'line',
    help: 'Write the lines in the format of this exporter',
    details: 'PLUGIN is a name that plughost list shows, or a path. Its options follow it, as after --filter.',
    form: true,
    drops: ['total'],
    apply({ plan }, value) {
      plan.setExporter(value);
    },
    negate({ plan }) {
      plan.removeExporter();
    },
  },
];
