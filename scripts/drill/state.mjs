// Runs a plugin that changes state of the whole process, in each of its calls: in the host's process, isolated, and
// sandboxed. Prints a table in Markdown with the result of each run. Takes names of changes as arguments; without
// arguments runs all. Ends with status 1 when a run was silently wrong.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importTests } from '../bundle-tests.mjs';

const { StateDrill, CHANGES, CALLS, PLACES, isTold } = await importTests('test/process-state', ['drill']);

const wanted = process.argv.slice(2);
const changes = wanted.length > 0 ? CHANGES.filter((change) => wanted.includes(change)) : CHANGES;
const places = Object.keys(PLACES);
const folder = mkdtempSync(join(tmpdir(), 'plughost-drill-'));
try {
  const drill = new StateDrill(folder);
  for (const place of places) {
    console.log(`\n${place}:\n\n| | ${CALLS.join(' | ')} |\n|---|${CALLS.map(() => '---|').join('')}`);
    for (const change of changes) {
      const endings = [];
      for (let i = 0; i < CALLS.length; i += 2)
        endings.push(...(await Promise.all(CALLS.slice(i, i + 2).map((call) => drill.attempt(change, call, place)))));
      if (!endings.every(isTold)) process.exitCode = 1;
      console.log(`| ${change} | ${endings.join(' | ')} |`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
