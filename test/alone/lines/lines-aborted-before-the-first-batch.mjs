// A loop over lines() whose signal is aborted before the first batch ends by a CancelledError.
import { lines } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

const stop = new AbortController();
const batches = lines([file(large)], {}, { signal: stop.signal });
const iterator = batches[Symbol.asyncIterator]();
const next = iterator.next();
stop.abort();
let found = 0;
try {
  for (let step = await next; !step.done; step = await iterator.next()) found += step.value.length;
} catch (error) {
  console.log(error.code, found < large.length);
}
console.log(await batches.result.catch(({ code }) => code));
// status: 0
// stdout: ERR_CANCELLED true
// stdout: ERR_CANCELLED
