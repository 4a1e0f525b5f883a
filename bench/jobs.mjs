// The jobs that are measured. `filter` names the plugin and options of host; the other fields are for its peers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codes } from './corpus.mjs';

const regex = (pattern) => ({
  label: `\`${pattern.replaceAll('|', '\\|')}\``,
  pattern,
  filter: ['--filter', 'regex', '-p', `pattern=${pattern}`],
});

// `reads` marks the jobs that take little longer than to read the log: how a program reads matters most there. Those
// with `isLarge: false` are left out on logs beyond a gibibyte, where they would show the same and take minutes.
const JOBS = [
  { name: 'count lines', label: 'count lines', count: true, reads: true, filter: [], isLarge: false },
  {
    name: 'literal',
    label: '`ERROR`, by `contains`',
    reads: true,
    literal: 'ERROR',
    pattern: 'ERROR',
    filter: ['--filter', 'contains', '-p', 'text=ERROR'],
  },
  { name: 'levels', reads: true, ...regex('ERROR|WARN|FATAL') },
  { name: 'status 5xx', reads: true, ...regex(' 5\\d\\d ') },
  { name: 'quoted 5xx', reads: true, ...regex('" 5\\d\\d '), isLarge: false },
  { name: 'no literal', ...regex('[a-z]+\\d+[a-z]+\\d+') },
  { name: '100 literals', label: '100 texts', isLarge: false },
  { name: 'every line', ...regex('^'), label: 'every line', isLarge: false },
];

export const JOB_NAMES = JOBS.map(({ name }) => name);
/** The jobs that a cold cache changes most. */
export const COLD_NAMES = ['count lines', 'literal', 'levels'];

/** MiB. Peers that are slow, or that only explain a figure, are measured on logs up to this size. */
export const LARGE = 1024;

/** Returns the jobs with these names on a log of `mib` MiB. Writes the files that they need into `folder`. */
export function jobsFor(file, mib, folder, names) {
  const literals = join(folder, 'literals');
  writeFileSync(
    literals,
    codes()
      .map((code) => `${code}\n`)
      .join(''),
  );
  const large = mib > LARGE;
  return JOBS.filter(({ name, isLarge = true }) => names.includes(name) && (isLarge || !large)).map((job) => ({
    ...job,
    ...(job.name === '100 literals' ? { literals } : {}),
    file,
    large,
  }));
}
