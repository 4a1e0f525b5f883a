// What is written to a stream that nobody reads is worked on before the process ends.
import { PipelineStream } from '../../../dist/index.js';
import { small } from '../parts.mjs';

const heard = [];
const ended = new PipelineStream({});
ended.end(small, () => heard.push('finished'));
ended.result.then(({ kept }) => heard.push(kept));
const open = new PipelineStream({});
open.write(small, () => heard.push('written'));
process.on('exit', () => console.log(heard.map(String).sort().join()));
// status: 0
// stdout: 10,finished,written
