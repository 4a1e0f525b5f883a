// A stream of the web that is left at either end: whoever waits hears of it.
import { webStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

const said = (promise) => promise.then(() => 'done').catch((reason) => `failed: ${reason}`);

const cancelled = webStream({});
const write = said(cancelled.writable.getWriter().write(large));
await cancelled.readable.cancel('enough');
console.log(await write, (await cancelled.result).kept >= 0);

const aborted = webStream({});
const read = said(aborted.readable.getReader().read());
await aborted.writable.abort('no more');
console.log(await read, (await aborted.result).kept);

const broken = webStream({});
said(broken.writable.getWriter().write(large));
for await (const part of broken.readable) {
  console.log(part.length > 0);
  break;
}
console.log((await broken.result).kept > 0);
// status: 0
// stdout: failed: enough true
// stdout: failed: no more 0
// stdout: true
// stdout: true
