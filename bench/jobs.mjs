// The jobs that are measured. `filter` names the plugin and options of host; the other fields are for its peers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codes } from './corpus.mjs';

const regex = (pattern) => ({ pattern, filter: ['--filter', 'regex', '-p', `pattern=${pattern}`] });

/** Returns the jobs on a log. Writes the files that they need into `folder`. */
export function jobsFor(file, folder) {
  const literals = join(folder, 'literals');
  writeFileSync(
    literals,
    codes()
      .map((code) => `${code}\n`)
      .join(''),
  );
  return [
    { name: 'count lines', count: true, filter: [] },
    { name: 'literal', literal: 'ERROR', pattern: 'ERROR', filter: ['--filter', 'contains', '-p', 'text=ERROR'] },
    { name: 'levels', ...regex('ERROR|WARN|FATAL') },
    { name: 'status 5xx', ...regex('" 5\\d\\d ') },
    { name: 'status 5xx, short', ...regex(' 5\\d\\d ') },
    { name: 'no literal', ...regex('[a-z]+\\d+[a-z]+\\d+') },
    { name: '100 literals', literals },
    { name: 'every line', ...regex('^') },
  ].map((job) => ({ ...job, file }));
}
