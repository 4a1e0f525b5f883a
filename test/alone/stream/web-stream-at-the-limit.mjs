// A stream of the web at its limit: its reader comes to the end, its writer fails, and both hear of it.
import { webStream } from '../../../dist/index.js';
import { large } from '../parts.mjs';

const { readable, writable, result } = webStream({ limit: 2 });
const writer = writable.getWriter();
const failed = (async () => {
  for (;;) await writer.write(large);
})().catch(({ code }) => code);
const parts = [];
for await (const part of readable) parts.push(part);
console.log(JSON.stringify(Buffer.concat(parts).toString()));
console.log(await failed, (await result).kept);

const other = webStream({ limit: 2 });
const source = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(large)) });
const reader = source.pipeThrough(other).getReader();
await reader.read();
console.log((await other.result).kept, (await reader.read()).done);
// status: 0
// stdout: "0 a line of some words\n1 a line of some words\n"
// stdout: ERR_CANCELLED 2
// stdout: 2 true
