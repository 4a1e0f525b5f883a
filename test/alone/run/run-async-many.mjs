// Hundreds of runAsync at once end well, and one that waits to be cancelled does not hold up the others.
import { loadPlugin } from '../../../dist/index.js';
import { builtIn, forTests } from '../parts.mjs';

const stop = new AbortController();
const waiting = loadPlugin(forTests('alone'), { config: { run: 'wait' } }).runAsync({ signal: stop.signal });
const calls = Array.from({ length: 300 }, () => loadPlugin(builtIn('greet')).runAsync());
console.log(new Set(await Promise.all(calls)));
stop.abort();
console.log(await waiting.catch(({ code }) => code));
// status: 0
// stdout: Set(1) { 'Hello from plugin' }
// stdout: ERR_CANCELLED
