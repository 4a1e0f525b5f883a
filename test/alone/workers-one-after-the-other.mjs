// The addon outlives the worker threads that load it, though the main thread never does.
import { Worker } from 'node:worker_threads';
import { builtIn, plughost } from './parts.mjs';

const ends = ['process.exit(3);', 'setInterval(() => {}, 1000);', 'throw new Error("on purpose");'];

const code = (isolate, end) => `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(plughost)}).then(async ({ loadPlugin, onPluginLog, reportCrashes }) => {
    reportCrashes();
    onPluginLog(() => {});
    const plugin = loadPlugin(${JSON.stringify(builtIn('greet'))}, { isolate: ${isolate} });
    parentPort.postMessage([plugin.run(), await plugin.runAsync()].join());
    setImmediate(() => { ${end} });
  });`;

const seen = {};
for (let i = 0; i < 30; i++) {
  const worker = new Worker(code(i % 2 === 0, ends[i % 3]), { eval: true });
  const exited = new Promise((done) => worker.once('exit', done));
  worker.once('error', () => {});
  const said = await new Promise((done) => worker.once('message', done));
  if (i % 3 === 1) worker.terminate();
  const outcome = `${said} ${await exited}`;
  seen[outcome] = (seen[outcome] ?? 0) + 1;
}
console.log(JSON.stringify(seen));
// status: 0
// stdout: {"Hello from plugin,Hello from plugin 3":10,"Hello from plugin,Hello from plugin 1":20}
