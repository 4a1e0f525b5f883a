// Loops over lines() of a small file that go to their end: whenever the run ends, the script goes on after each loop.
import { lines } from '../../../dist/index.js';
import { file, small } from '../parts.mjs';

const path = file(small);
let kept = 0;
for (let i = 0; i < 500; i++) {
  const batches = lines([path]);
  for await (const batch of batches) kept += batch.length;
  await batches.result;
}
console.log(kept);
// status: 0
// stdout: 5000
