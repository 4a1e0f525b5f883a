// An uncaught exception is told and has its status, also without exit handlers.
import { loadPlugin, skipExitHandlers } from '../../dist/index.js';
import { forTests } from './parts.mjs';

skipExitHandlers();
loadPlugin(forTests('alone'), { config: { atExit: '_exit' } });
process.on('exit', (status) => console.log('exit', status));
setImmediate(() => {
  Error.stackTraceLimit = 0;
  throw new Error('on purpose');
});
// status: 1
// stdout: exit 1
// stderr: skip-exit-handlers-and-throw.mjs:10
// stderr:   throw new Error('on purpose');
// stderr:   ^
// stderr:
// stderr: [Error: on purpose]
// stderr:
// stderr: Node.js
