// What is thrown in a loop over lines() and never caught is an uncaught exception as anywhere, after the loop has ended.
import { lines } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

process.on('uncaughtException', ({ message }) => {
  console.log('uncaught:', message);
  process.exitCode = 3;
});
process.on('exit', (status) => console.log('exit', status));

async function main() {
  for await (const batch of lines([file(large)])) throw new Error(batch.text(3));
}

main();
// status: 3
// stdout: uncaught: 3 a line of some words
// stdout: exit 3
