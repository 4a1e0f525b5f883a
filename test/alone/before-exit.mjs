// `beforeExit` comes when no run is awaited, and a run that begins there is waited for.
import { lines } from '../../dist/index.js';
import { file, large } from './parts.mjs';

process.once('beforeExit', async () => {
  console.log('before exit');
  for await (const batch of lines([file(large)])) {
    console.log(batch.text(0));
    break;
  }
  console.log('behind the loop');
});
// status: 0
// stdout: before exit
// stdout: 0 a line of some words
// stdout: behind the loop
