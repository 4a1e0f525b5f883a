// Runs the misbehaving plugin with each of its faults: in the host's process, isolated, and sandboxed. Prints a table in
// Markdown with the result of each run. Fails when an isolated or a sandboxed run does not end as it must.
//   npm run drill -- [--load PROCESSES] [--nice N] [--times N] [NAME...]
// --load N: runs N busy processes beside it, at `nice -n 19` or as --nice says, and leaves out the host's process.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { importTests } from './bundle-tests.mjs';

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    load: { type: 'string', default: '0' },
    nice: { type: 'string', default: '19' },
    times: { type: 'string', default: '1' },
  },
});
const [load, times] = [Number(values.load), Number(values.times)];

/** Time limits in milliseconds: for faults that never end, and for those whose line must be found by bisection. */
const LIMITS = { 'in-process': 5_000, isolated: 600_000, sandboxed: 600_000 };

const { Drill, MODES, FAULTS, HARMLESS_FAULTS, isHarmless, isolatedEnding } = await importTests('test/misbehaving', [
  'drill',
  'faults',
]);

const all = [...FAULTS, ...HARMLESS_FAULTS.map((name) => ({ name }))];
const faults = wanted.length > 0 ? all.filter(({ name }) => wanted.includes(name)) : all;
const modes = Object.keys(MODES).filter((mode) => load === 0 || mode !== 'in-process');
const folder = mkdtempSync(join(tmpdir(), 'plughost-drill-'));
const busy = Array.from({ length: load }, () =>
  spawn('nice', ['-n', values.nice, 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
);
process.on('exit', () => {
  for (const child of busy) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const drill = new Drill(folder);
let wrong = 0;
for (let time = 1; time <= times; time++) {
  const survived = Object.fromEntries(modes.map((mode) => [mode, 0]));
  console.log(`| fault | ${modes.join(' | ')} |`);
  console.log(`|---|${modes.map(() => '---|').join('')}`);
  for (const fault of faults) {
    const endings = [];
    for (const mode of modes) {
      const ending = await drill.commit(fault, mode, LIMITS[mode]);
      if (isHarmless(ending)) survived[mode]++;
      endings.push(ending);
      if (mode === 'in-process' || ending === isolatedEnding(fault.name)) continue;
      wrong++;
      console.error(`${fault.name}, ${mode}: ${ending}, and it must be ${isolatedEnding(fault.name)}:\n${drill.said}`);
    }
    console.log(`| ${fault.name}${fault.at ? ` (${fault.at})` : ''} | ${endings.join(' | ')} |`);
  }
  console.log(`| survived of ${faults.length} | ${modes.map((mode) => survived[mode]).join(' | ')} |`);
}
process.exit(wrong > 0 || faults.length === 0 ? 1 : 0);
