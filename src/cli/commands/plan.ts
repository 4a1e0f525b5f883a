import { InputError, UsageError } from '../../errors/index.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import type { Command } from '../command.js';
import { type Flag, setsValue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { bytes } from '../flags/values.js';
import { expandInputs } from '../run/inputs.js';
import { print } from '../terminal/terminal.js';

interface PlanRequest {
  split: number;
}

const MEBIBYTE = 1 << 20;
const TEBIBYTE = 2 ** 40;

const FLAGS: readonly Flag<PlanRequest>[] = [
  {
    name: 'split',
    value: 'SIZE',
    group: 'input',
    help: 'Make parts of SIZE bytes (default: 128M)',
    details: 'The parts of a file differ by one byte at most. A compressed file is one part.',
    ...setsValue('split', bytes(TEBIBYTE), 128 * MEBIBYTE),
  },
];

/** Files that cannot be read from their middle on. */
const IS_COMPRESSED = /\.(gz|tgz|zst|tzst|xz|txz|lzma|bz2|tbz2?|lz4|br|Z)$/i;

export const plan: Command = {
  usage: 'plughost plan PATH... [--split SIZE]',
  about: 'Cuts files into parts, each for a run of its own, and prints them as JSON, one a line.',
  details:
    'PATH is a file, a directory, or a glob in quotes, as in plughost run. Only the sizes of files count: nothing is read. plughost run --plan FILE reads the lines of parts. A line belongs to the part with the byte before it, so every line is in one of them.',
  flags: FLAGS,
  examples: [
    "plughost plan 'logs/**/*.log' > parts",
    'plughost run --plan parts --parse access --aggregate count --by path',
  ],
  status: '0 all files have parts or are empty, 2 any error.',
  run(given, terminal) {
    const paths: string[] = [];
    const { split } = readFlags('plan', FLAGS, {} as PlanRequest, given, (path) => paths.push(path));
    if (paths.length === 0) throw new UsageError('plan: no PATH is given', { hint: 'see: plughost plan --help' });
    const { names, failures, warnings } = expandInputs(paths, undefined);
    for (const warning of warnings) terminal.warn(warning);
    const planned = new Set<string>();
    /** The first name of each file, by its identity. */
    const firstNames = new Map<string, string>();
    for (const name of names) {
      const status = fileStatusOf(name);
      if (planned.has(name)) {
        failures.push(new InputError(name, 'plan', 'it is named twice, and would be counted twice'));
      } else if (status?.isFile()) {
        planned.add(name);
        const identity = `${status.dev}:${status.ino}`;
        const first = firstNames.get(identity);
        if (first !== undefined) terminal.warn(`plan ${name}: it is ${first} by another name, and is counted twice`);
        else firstNames.set(identity, name);
        for (const [begin, end] of partsOf(status.size, IS_COMPRESSED.test(name) ? status.size : split))
          print(`${JSON.stringify({ input: name, begin, end })}\n`);
      } else {
        const reason = status || name === '-' ? 'it is no regular file, and has no parts' : 'there is no such file';
        failures.push(new InputError(name === '-' ? 'standard input' : name, 'plan', reason));
      }
    }
    for (const failure of failures) terminal.error(failure);
    return failures.length > 0 ? 2 : 0;
  },
};

/** Returns as many parts as are needed for none to be larger than `split`, all about as large. */
function* partsOf(size: number, split: number): Generator<[begin: number, end: number]> {
  const count = Math.ceil(size / split);
  // Of large sizes a product would not be exact.
  const least = Math.floor(size / count);
  const larger = size - least * count;
  for (let part = 0, begin = 0; part < count; part++) {
    const end = begin + least + (part < larger ? 1 : 0);
    yield [begin, end];
    begin = end;
  }
}
