// A run that fails ends the stream by its error, and whoever waits for the result gets it as well.
import { once } from 'node:events';
import { PipelineStream } from '../../../dist/index.js';
import { small } from '../parts.mjs';

const stream = new PipelineStream({ maxLine: 5 });
const failed = once(stream, 'error');
const closed = once(stream, 'close').catch(() => {});
stream.write(small);
console.log(await stream.result.catch(({ code }) => code));
console.log((await failed)[0].code);
await closed;
console.log(stream.closed);
// status: 0
// stdout: ERR_LINE_TOO_LONG
// stdout: ERR_LINE_TOO_LONG
// stdout: true
