// What a worker thread has opened is known to the next one, also after the file was replaced.
import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { builtIn, folder, forTests, plughost } from './parts.mjs';

const path = join(folder(), 'libplugin.so');
const code = `import(${JSON.stringify(plughost)}).then(({ loadPlugin, open }) => {
  process.removeAllListeners('warning');
  const stale = open(${JSON.stringify(path)}).stale;
  if (stale) open(${JSON.stringify(path)}).close();
  const library = open(${JSON.stringify(path)});
  console.log(stale, loadPlugin(library).name, library.generation);
});`;

async function work() {
  const worker = new Worker(code, { eval: true });
  await new Promise((done) => worker.once('exit', done));
}

copyFileSync(builtIn('greet'), path);
await work();
await work();
copyFileSync(forTests('misbehaving'), `${path}.new`);
renameSync(`${path}.new`, path);
await work();
// status: 0
// stdout: false Greeting 1
// stdout: false Greeting 1
// stdout: true Misbehaving 2
