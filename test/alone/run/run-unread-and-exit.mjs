// A run whose output nobody reads does not hold process.exit().
import { execFileSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../dist/index.js';
import { file, folder, large } from '../parts.mjs';

const name = join(folder(), 'pipe');
execFileSync('mkfifo', [name]);
const output = { fd: openSync(name, 'r+'), name };
let reports = 0;
function onProgress() {
  // By then the pipe is full.
  if (++reports < 3) return;
  console.log('leaving');
  process.exit(3);
}
run([file(large)], { output }, { onProgress, progressInterval: 20 });
// status: 3
// stdout: leaving
