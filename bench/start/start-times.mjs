// How long the command takes that does hardly anything, beside Node itself.
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const host = path('bin/host.js');
const { execPath } = process;

const COMMANDS = [
  { name: 'node -e 0', line: [execPath, '-e', '0'] },
  { name: 'host load', line: [execPath, host, 'load', path('build/plugins/libgreet.so')] },
  {
    name: 'host run',
    line: [execPath, host, 'run', path('samples/access.log'), '--filter', 'contains', '-p', 'text=Googlebot', '-c'],
  },
];

/** Measures them in turns, four times as often as a job, because they are short. Returns their figures by name. */
export const measureStarts = (measure) => measure.turns(COMMANDS, { runs: 4 * measure.runs + 1 });
