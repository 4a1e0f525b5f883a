// Measures how long a run goes on after its signal is aborted: median and maximum of 50 runs, aborted at random times.
//   node bench/cancel.mjs LOG
import { fileURLToPath } from 'node:url';
import { loadPlugin, run } from '../dist/index.js';

const [log] = process.argv.slice(2);
if (!log) throw new Error('usage: node bench/cancel.mjs LOG (a large one)');
const regex = fileURLToPath(new URL('../build/plugins/libregex.so', import.meta.url));
const plugin = loadPlugin(regex, { config: { pattern: String.raw`[a-z]+\d+[a-z]+\d+` } });
const times = [];
while (times.length < 50) {
  const control = new AbortController();
  const ended = run([log], { stages: [{ filter: plugin }] }, { signal: control.signal }).catch(() => true);
  await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
  const start = performance.now();
  control.abort();
  if (await ended) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
console.log(
  `from the abort to the end of the run: median ${times[25].toFixed(1)} ms, worst ${times[49].toFixed(1)} ms`,
);
