// A stream that can hold no more until somebody reads, which nobody does, does not keep the process.
import { PipelineStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

const stream = new PipelineStream({});
stream.write(large, () => console.log('written'));
stream.end(() => console.log('finished'));
stream.result.then(() => console.log('ended'));
process.on('exit', (status) => console.log('exit', status));
// status: 0
// stdout: exit 0
