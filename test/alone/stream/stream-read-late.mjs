// A stream that was full goes on when somebody reads.
import { PipelineStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

const stream = new PipelineStream({});
stream.end(large);
setTimeout(async () => {
  let size = 0;
  for await (const part of stream) size += part.length;
  console.log(size === large.length, (await stream.result).kept);
}, 100);
// status: 0
// stdout: true 700000
