// A loop over lines() that is left by break: the script goes on behind it, time and again.
import { lines } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

const path = file(large);
for (let i = 0; i < 3; i++) {
  for await (const batch of lines([path])) {
    console.log(batch.text(0));
    break;
  }
}
const batches = lines([path]);
for await (const _ of batches) break;
console.log((await batches.result).kept > 0);
// status: 0
// stdout: 0 a line of some words
// stdout: 0 a line of some words
// stdout: 0 a line of some words
// stdout: true
