// The command line of the benchmark.
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { COLD_NAMES, JOB_NAMES } from './jobs.mjs';
import { PEER_NAMES } from './peers.mjs';

/** With a cold cache every run takes seconds, and most of them is the disk's. */
const COLD_PEERS = ['ripgrep', 'read limit'];

const USAGE = `npm run bench [-- OPTION...]
  --sizes 1,8        sizes of the log in GiB
  --mib 4            sizes of the log in MiB instead
  --file LOG         measure on this log
  --files 10000      number of small files
  --runs 5           runs of each program after a warm-up; figures are medians
  --only NAME,...    only these: ${[...JOB_NAMES, 'many files', 'start'].join(', ')}
  --peers NAME,...   only these beside host: ${PEER_NAMES.join(', ')}
  --large-pieces     write the log in pieces of 1 MiB, not as loggers do in pieces of 4 KiB
  --cold             drop the log from the page cache before each run
  --no-install       install no ripgrep
  --write            renew results, picture, pages and history though the run is not whole
`;

/** Reads the command line. Ends the process with the usage if it is wrong. */
export function readOptions(args) {
  try {
    return read(args);
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function read(args) {
  const { values } = parseArgs({
    args,
    options: {
      sizes: { type: 'string' },
      mib: { type: 'string' },
      file: { type: 'string' },
      files: { type: 'string', default: '10000' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string' },
      peers: { type: 'string' },
      cold: { type: 'boolean', default: false },
      'large-pieces': { type: 'boolean', default: false },
      'no-install': { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const { cold, file } = values;
  if ([values.sizes, values.mib, file].filter(Boolean).length > 1)
    throw new Error('give one of --sizes, --mib, --file');
  const sizes = file
    ? [statSync(file).size / 2 ** 20]
    : (numbers('--mib', values.mib) ??
      (numbers('--sizes', values.sizes) ?? (cold ? [1] : [1, 8])).map((gib) => gib * 1024));
  const parts = [...(cold ? COLD_NAMES : JOB_NAMES), ...(cold ? [] : ['many files', 'start'])];
  const runs = numbers('--runs', values.runs)[0];
  return {
    sizes: sizes.toSorted((a, b) => a - b),
    file,
    files: numbers('--files', values.files)[0],
    runs,
    only: names('--only', values.only, [...JOB_NAMES, 'many files', 'start']) ?? parts,
    peers: names('--peers', values.peers, PEER_NAMES) ?? (cold ? COLD_PEERS : PEER_NAMES),
    cold,
    largePieces: values['large-pieces'],
    install: !values['no-install'],
    // The figures of the pages are those of a whole run.
    writes:
      values.write ||
      (runs >= 5 &&
        values.files === '10000' &&
        ['sizes', 'mib', 'file', 'only', 'peers', 'large-pieces'].every((name) => !values[name])),
  };
}

function numbers(name, text) {
  const given = text?.split(',').map(Number);
  if (given?.some((number) => !Number.isInteger(number) || number < 1)) {
    throw new Error(`${name} takes whole numbers from 1, not ${JSON.stringify(text)}`);
  }
  return given;
}

function names(name, text, known) {
  const given = text?.split(',').filter(Boolean);
  const unknown = given?.find((one) => !known.includes(one));
  if (unknown !== undefined) throw new Error(`${name}: no ${JSON.stringify(unknown)}; there are ${known.join(', ')}`);
  return given;
}
