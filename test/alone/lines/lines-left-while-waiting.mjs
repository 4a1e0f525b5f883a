// A loop over lines() that waits for an input which gives nothing can be left: all that waits is answered.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { lines } from '../../../dist/index.js';
import { folder } from '../parts.mjs';

const fifo = join(folder(), 'fifo');
execFileSync('mkfifo', [fifo]);
const batches = lines([fifo]);
const iterator = batches[Symbol.asyncIterator]();
const next = iterator.next();
const [left, waited] = await Promise.all([iterator.return(), next]);
console.log(left.done, waited.done, (await batches.result).kept);
// status: 0
// stdout: true true 0
