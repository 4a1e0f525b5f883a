import type { LongLines } from '../../pipeline/pipeline.js';
import { type Flag, setsTrue, setsValue } from './flag.js';
import { bytes, choice, text } from './values.js';

/** How lines are read. */
export interface ReadingRequest {
  crlf: boolean;
  maxLine: number | undefined;
  longLines: LongLines;
  blockSize: number | undefined;
}

/** How inputs are read. */
export interface InputRequest extends ReadingRequest {
  /** A file of ranges, or `-`. */
  planFile: string | undefined;
}

const PLAN_FLAG: Flag<InputRequest> = {
  name: 'plan',
  value: 'FILE',
  group: 'input',
  scope: 'line',
  help: 'Read the parts of files that FILE lists',
  details: 'plughost plan writes FILE. - is standard input. Each line of a file belongs to one part.',
  ...setsValue('planFile', text),
  check({ longLines }, refuse) {
    if (longLines !== 'fail') refuse('reads parts of files, and --long-lines only whole ones');
  },
};

export const READING_FLAGS: readonly Flag<ReadingRequest>[] = [
  {
    name: 'crlf',
    group: 'input',
    help: 'Ignore a carriage return before a newline',
    details: 'Plugins then do not see it, so $ in a pattern matches before it. It stays in the output.',
    ...setsTrue('crlf'),
  },
  {
    name: 'max-line',
    value: 'SIZE',
    group: 'input',
    help: 'Allow lines up to SIZE bytes (default: 16M)',
    details: 'SIZE may end in K, M or G: 64K is 65536 bytes. See --long-lines for lines that are longer.',
    ...setsValue('maxLine', bytes()),
  },
  {
    name: 'long-lines',
    value: 'HOW',
    choices: ['fail', 'skip', 'split'] satisfies LongLines[],
    group: 'input',
    help: 'Handle longer lines: fail, skip, or split',
    details:
      'fail (the default) ends the run. skip leaves the line out. split cuts it into lines of the allowed length. The run reports how many lines were left out or cut.',
    ...setsValue('longLines', choice<LongLines>(), 'fail'),
  },
  {
    name: 'block-size',
    value: 'SIZE',
    group: 'input',
    help: 'Give each worker SIZE bytes at once',
    hidden: true,
    ...setsValue('blockSize', bytes()),
  },
];

export const INPUT_FLAGS: readonly Flag<InputRequest>[] = [PLAN_FLAG, ...READING_FLAGS];
