// A worker thread that is terminated in runAsync: the plugin is told and ended; one that does not listen is left behind.
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { file, forTests, plughost, until } from '../parts.mjs';

const ends = {
  terminate: (worker) => worker.terminate(),
  exit: (worker) => worker.postMessage('exit'),
};

async function outcome(run, end) {
  const [count, started] = [file(''), file('')];
  const code = `const { parentPort } = require('node:worker_threads');
    parentPort.once('message', () => process.exit(4));
    import(${JSON.stringify(plughost)}).then(({ loadPlugin }) => {
      const plugin = loadPlugin(${JSON.stringify(forTests('alone'))}, ${JSON.stringify({ config: { run, count, started } })});
      plugin.runAsync();
    });`;
  const worker = new Worker(code, { eval: true });
  const exited = new Promise((done) => worker.once('exit', done));
  await until(() => readFileSync(started, 'utf8') === 's');
  ends[end](worker);
  return `${await exited} ${readFileSync(count, 'utf8') || '-'}`;
}

for (const run of ['wait', 'deaf']) {
  for (const end of Object.keys(ends)) console.log(run, end, await outcome(run, end));
}
// status: 0
// stdout: wait terminate 1 cd
// stdout: wait exit 4 cd
// stdout: deaf terminate 1 -
// stdout: deaf exit 4 -
