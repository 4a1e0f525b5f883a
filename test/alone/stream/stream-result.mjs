// Whoever waits for the result of a stream gets it, though nobody reads: what there is fits into it.
import { PipelineStream } from '../../../dist/index.js';
import { small } from '../parts.mjs';

const stream = new PipelineStream({});
stream.end(small);
const [{ kept }, again] = await Promise.all([stream.result, stream.result.then(({ bytes }) => bytes)]);
console.log(kept, again);
const open = new PipelineStream({});
open.write(small);
setTimeout(() => open.end(), 50).unref();
console.log((await open.result.finally(() => console.log('over'))).kept);
// status: 0
// stdout: 10 230
// stdout: over
// stdout: 10
