// A stream that is destroyed closes, and tells what was done.
import { once } from 'node:events';
import { PipelineStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

for (const use of [() => {}, (stream) => stream.write(large), (stream) => stream.resume().write(large)]) {
  const stream = new PipelineStream({});
  use(stream);
  const closed = once(stream, 'close');
  stream.destroy();
  const { kept } = await stream.result;
  await closed;
  console.log(Number.isInteger(kept));
}
const failed = new PipelineStream({});
failed.on('error', ({ message }) => console.log(message));
failed.on('close', () => console.log('closed by it'));
failed.destroy(new Error('by an error'));
// status: 0
// stdout: true
// stdout: true
// stdout: true
// stdout: by an error
// stdout: closed by it
