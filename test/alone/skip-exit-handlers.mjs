// skipExitHandlers() keeps exit handlers of plugins from running, and nothing of JavaScript.
import { Worker } from 'node:worker_threads';
import { loadPlugin, skipExitHandlers } from '../../dist/index.js';
import { forTests, plughost } from './parts.mjs';

const code = `import(${JSON.stringify(plughost)}).then(({ skipExitHandlers }) => {
  try {
    skipExitHandlers();
  } catch ({ code }) {
    console.log(code);
  }
});`;
await new Promise((done) => new Worker(code, { eval: true }).once('exit', done));
process.on('exit', (status) => console.log('exit', status));
skipExitHandlers();
skipExitHandlers();
loadPlugin(forTests('alone'), { config: { atExit: '_exit' } });
process.on('exit', () => console.log('later'));
process.on('beforeExit', () => console.log('before exit'));
process.exitCode = 3;
// status: 3
// stdout: ERR_USAGE
// stdout: before exit
// stdout: exit 3
// stdout: later
