// A plugin has seen every line that was written when the process ends, though nobody reads and nobody waits.
import { readFileSync } from 'node:fs';
import { loadPlugin, PipelineStream } from '../../../dist/index.js';
import { file, forTests, small } from '../parts.mjs';

// The plugin counts on its own what it is asked about.
const count = file('');
for (const end of [true, false]) {
  const filter = loadPlugin(forTests('alone'), { config: { count } });
  const stream = new PipelineStream({ stages: [{ filter }], workers: 2 });
  for (let i = 0; i < 20; i++) stream.write(small);
  if (end) stream.end();
}
process.on('exit', () => console.log(readFileSync(count, 'utf8').length));
// status: 0
// stdout: 400
