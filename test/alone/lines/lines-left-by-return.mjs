// A loop over lines() that is left by return: the caller goes on.
import { lines } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

async function first(path) {
  for await (const batch of lines([path])) return batch.text(1);
}

console.log(await first(file(large)));
console.log(await first(file(large)));
// status: 0
// stdout: 1 a line of some words
// stdout: 1 a line of some words
