// A stream at its limit ends for its reader; what is still written is dropped, and heard of.
import { once } from 'node:events';
import { PipelineStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

const stream = new PipelineStream({ limit: 3 });
const closed = once(stream, 'close');
const heard = [];
for (let i = 0; i < 3; i++) stream.write(large, () => heard.push('written'));
stream.end(() => heard.push('finished'));
const parts = [];
for await (const part of stream) parts.push(part);
await closed;
console.log(JSON.stringify(Buffer.concat(parts).toString()), (await stream.result).kept);
console.log(heard.join());
// status: 0
// stdout: "0 a line of some words\n1 a line of some words\n2 a line of some words\n" 3
// stdout: written,written,written,finished
