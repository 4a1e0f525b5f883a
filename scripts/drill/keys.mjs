// Groups a stream of lines by keys that nearly all differ, and checks each answer and how much memory the run took.
//   npm run drill:keys -- [--keys 50M] [--group-memory 512M] [ARGUMENT...]
// ARGUMENTs are given to `plughost run`. Each key comes once, and each thousandth twice, in an order without a pattern. The
// lines and the answers are never in a file, but what does not fit into --group-memory is, in TMPDIR. Ends with status 1 if
// an answer is wrong, or if the peak of memory is more than 64 MiB above that of Node with --group-memory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const host = fileURLToPath(new URL('../../bin/host.js', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { keys: { type: 'string', default: '50M' }, 'group-memory': { type: 'string', default: '512M' } },
});
const MIB = 1 << 20;
const numberOf = (text, unit) =>
  Number.parseFloat(text) * (text.endsWith('M') ? unit ** 2 : text.endsWith('K') ? unit : 1);
const keys = numberOf(values.keys, 1000);
const limit = numberOf(values['group-memory'], 1024);

const DIGITS = 9;
/** A step through all keys that comes to each once: it has no divisor with their number. */
const step = [618_033_989, 381_966_011, 161_803_399].find((prime) => keys % prime !== 0);
/** Bytes of a line of the input, and of a line of the answers. */
const LINE = 'k'.length + DIGITS + 1;
const ANSWER = LINE + ',1'.length;
const MOST = 20_000;

/** Writes a number as digits before a place of a buffer. */
function put(buffer, end, number) {
  let rest = number;
  for (let at = end - 1; at >= end - DIGITS; at--) {
    buffer[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Gives the lines of the input, many in each buffer. */
function* input() {
  let key = 0;
  for (let from = 0; from < keys; from += MOST) {
    const buffer = Buffer.alloc(2 * MOST * LINE, 'k');
    let at = 0;
    for (let i = from; i < Math.min(from + MOST, keys); i++) {
      for (let times = key % 1000 === 0 ? 2 : 1; times > 0; times--) {
        at += LINE;
        put(buffer, at - 1, key);
        buffer[at - 1] = 10;
      }
      key = (key + step) % keys;
    }
    yield buffer.subarray(0, at);
  }
}

/** Gives the answers as they must be. */
function* answers() {
  yield Buffer.from('line,count\n');
  for (let from = 0; from < keys; from += MOST) {
    const count = Math.min(MOST, keys - from);
    const buffer = Buffer.alloc(count * ANSWER, 'k');
    for (let i = 0; i < count; i++) {
      const end = (i + 1) * ANSWER;
      put(buffer, end - 3, from + i);
      buffer.write((from + i) % 1000 === 0 ? ',2\n' : ',1\n', end - 3);
    }
    yield buffer;
  }
}

/** Returns the most memory that a process had so far, in bytes; 0 after its end. */
function peakOf(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Runs Node with nothing to do, and returns its peak. */
async function peakOfNode() {
  const program = "process.stdin.resume(); process.stdout.write('.')";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const peak = peakOf(child.pid);
  child.stdin.end();
  await once(child, 'close');
  return peak;
}

const node = await peakOfNode();
const started = performance.now();
const args = ['run', '--parse', 'line', '--aggregate', 'count', '--by', 'line', '--export', 'csv'];
const child = spawn(process.execPath, [host, ...args, '--group-memory', values['group-memory'], ...positionals], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, peakOf(child.pid));
}, 50);
const closed = once(child, 'close');
child.stdin.on('error', () => {});
const feed = (async () => {
  for (const lines of input()) {
    if (child.exitCode !== null || child.stdin.destroyed) return;
    if (!child.stdin.write(lines)) await Promise.race([once(child.stdin, 'drain'), closed]);
  }
  child.stdin.end();
})();

let wrong = '';
const expected = answers();
let left = Buffer.alloc(0);
let place = 0;
for await (const chunk of child.stdout) {
  for (let rest = chunk; rest.length > 0 && !wrong; ) {
    if (left.length === 0) left = expected.next().value ?? Buffer.alloc(0);
    const length = Math.min(rest.length, left.length);
    if (length === 0 || rest.compare(left, 0, length, 0, length) !== 0) wrong = `near byte ${place} of the answers`;
    rest = rest.subarray(length);
    left = left.subarray(length);
    place += length;
  }
}
await feed;
const [status] = await closed;
clearInterval(watch);
if (!wrong && (left.length > 0 || !expected.next().done)) wrong = `the answers end at byte ${place}`;
if (status !== 0) wrong ||= `the run ended with the status ${status}`;

const above = peak - node;
const mib = (bytes) => `${(bytes / MIB).toFixed(0)} MiB`;
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${keys} keys, --group-memory ${values['group-memory']}: ${wrong || 'every answer is right'}, ${seconds} s`,
);
console.log(`peak ${mib(peak)}; Node alone has ${mib(node)}; allowed are ${mib(node + limit + 64 * MIB)}`);
process.exit(wrong || above > limit + 64 * MIB ? 1 : 0);
