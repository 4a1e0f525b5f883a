// A run that writes keeps the process until it has ended, though nobody waits for it.
import { openSync, statSync } from 'node:fs';
import { run } from '../../../dist/index.js';
import { file, large } from '../parts.mjs';

const name = file('');
run([file(large)], { output: { fd: openSync(name, 'w'), name } });
process.on('exit', () => console.log(statSync(name).size === large.length));
// status: 0
// stdout: true
