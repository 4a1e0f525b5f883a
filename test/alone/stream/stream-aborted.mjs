// A signal that is aborted ends a stream by a CancelledError, whatever it was doing.
import { PipelineStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

for (const use of [() => {}, (stream) => stream.write(large), (stream) => stream.resume().write(large)]) {
  const stop = new AbortController();
  const stream = new PipelineStream({}, { signal: stop.signal });
  use(stream);
  const failed = new Promise((done) => stream.on('error', done));
  stop.abort();
  console.log((await failed).code, await stream.result.catch(({ code }) => code));
}
// status: 0
// stdout: ERR_CANCELLED ERR_CANCELLED
// stdout: ERR_CANCELLED ERR_CANCELLED
// stdout: ERR_CANCELLED ERR_CANCELLED
