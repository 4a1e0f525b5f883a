// A loop over lines() that is left by what its body throws: the caller gets it.
import { lines } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

try {
  for await (const batch of lines([file(large)])) throw new Error(batch.text(2));
} catch (error) {
  console.log(error.message);
}
const iterator = lines([file(large)])[Symbol.asyncIterator]();
await iterator.next();
console.log(await iterator.throw(new Error('thrown in')).catch(({ message }) => message));
// status: 0
// stdout: 2 a line of some words
// stdout: thrown in
