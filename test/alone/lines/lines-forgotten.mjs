// A run over which nobody iterates any more does not keep the process.
import { lines } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

const iterator = lines([file(large)])[Symbol.asyncIterator]();
console.log((await iterator.next()).done);
process.on('exit', (status) => console.log('exit', status));
// status: 0
// stdout: false
// stdout: exit 0
