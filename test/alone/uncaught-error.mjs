// An error that nothing catches shows a line of the library, which is short.
import { spawnSync } from 'node:child_process';
import { loadPlugin } from '../../dist/index.js';

if (process.argv[2] === 'throw') loadPlugin('contians');
const { status, stderr } = spawnSync(process.execPath, [import.meta.filename, 'throw'], { encoding: 'utf8' });
const longest = Math.max(...stderr.split('\n').map((line) => line.length));
console.log(status, longest < 2000, stderr.includes('PluginNotFoundError: find plugin contians'));
// status: 0
// stdout: 1 true true
