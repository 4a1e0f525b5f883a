// An abort while nobody takes a batch: whoever waits for the end hears of it.
import { lines } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

const stop = new AbortController();
const batches = lines([file(large)], {}, { signal: stop.signal });
const iterator = batches[Symbol.asyncIterator]();
await iterator.next();
const result = batches.result.catch(({ code }) => code);
stop.abort();
console.log(await result);
// status: 0
// stdout: ERR_CANCELLED
