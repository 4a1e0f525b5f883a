// A loop over lines() that is left before its first batch: whoever waits for the end hears of it.
import { lines, loadPlugin } from '../../../dist/index.js';
import { builtIn, file, large } from '../parts.mjs';

const path = file(large);
for (const end of ['return', 'throw']) {
  const batches = lines([path]);
  const iterator = batches[Symbol.asyncIterator]();
  await iterator[end]('thrown').catch(console.log);
  const { kept, failures } = await batches.result;
  console.log(end, Number.isInteger(kept), failures.length, (await iterator.next()).done);
}
const closed = loadPlugin(builtIn('contains'), { config: { text: 'a' } });
closed.close();
try {
  lines([path], { workers: -1 });
} catch ({ code }) {
  console.log(code);
}
// What only the run itself finds.
const wrong = lines([path], { stages: [{ filter: closed }] });
await wrong[Symbol.asyncIterator]().return();
console.log(await wrong.result.catch(({ code }) => code));
// status: 0
// stdout: return true 0 true
// stdout: thrown
// stdout: throw true 0 true
// stdout: ERR_USAGE
// stdout: ERR_PLUGIN_CLOSED
