// process.exit() ends the process in the middle of runAsync, in this process and in another one, of a plugin that would
// never return.
import { readFileSync } from 'node:fs';
import { loadPlugin } from '../../../dist/index.js';
import { file, forTests, until } from '../parts.mjs';

const started = file('');
for (const isolate of [false, true]) {
  const plugin = loadPlugin(forTests('alone'), { isolate, config: { run: 'deaf', started: isolate ? '' : started } });
  plugin.runAsync().then(() => console.log('returned'));
}
await until(() => readFileSync(started, 'utf8') === 's');
process.exit(5);
// status: 5
