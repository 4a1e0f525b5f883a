// A loop over a stream that is left by break, return or throw: the script goes on, and the stream closes.
import { PipelineStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

const ways = {
  async break(stream) {
    for await (const _ of stream) break;
  },
  async return(stream) {
    for await (const part of stream) return part;
  },
  async throw(stream) {
    for await (const part of stream) throw part;
  },
};
for (const [name, leave] of Object.entries(ways)) {
  const stream = new PipelineStream({});
  const closed = new Promise((done) => stream.once('close', done));
  stream.end(large);
  await leave(stream).catch((part) => console.log('thrown:', part.length > 0));
  await closed;
  console.log(name, (await stream.result).kept > 0);
}
// status: 0
// stdout: break true
// stdout: return true
// stdout: thrown: true
// stdout: throw true
