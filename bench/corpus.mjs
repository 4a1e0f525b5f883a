// Makes a log of any size: lines of a web server from samples/access.log, each with its own address, time and status,
// mixed with lines of a program, which have levels and codes. A seeded generator makes it, so no block repeats and the
// same size gives the same bytes on every machine.
import { closeSync, fdatasyncSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const sample = fileURLToPath(new URL('../samples/access.log', import.meta.url));

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
/**
 * Bytes that are written at once. The page cache keeps what is written at once in one piece, and a program that maps a
 * file of small pieces waits longer for it. A logger writes lines, or a few KiB at a time, so small pieces are the rule.
 */
export const PIECE = 4 << 10;
/** The page cache holds a file that was copied, or read from the disk, in pieces of about this size. */
export const LARGE_PIECE = 1 << 20;

/** Returns a code of five letters and digits. */
const code = (number) => Array.from({ length: 5 }, (_, i) => DIGITS[Math.floor(number / 36 ** i) % 36]).join('');

/** Returns a hundred codes. Each of them is in a few lines of the log. */
export const codes = () => Array.from({ length: 100 }, (_, i) => `id=${code(i * 9973 + 77)}`);

const LEVELS = ['ERROR', 'ERROR', 'ERROR', 'WARN', 'WARN', 'WARN', 'WARN', 'WARN', 'WARN', 'FATAL'];
const WORDS = 'payment order basket session customer address invoice parcel refund stock'.split(' ');

/**
 * Writes `mebibytes` MiB of log to `path`. Every third line comes from the program, and every tenth of these has a level
 * above INFO. One in 200 lines of the web server has a status of 5xx.
 */
export function writeCorpus(path, mebibytes, piece = PIECE) {
  const lines = readFileSync(sample, 'latin1').split('\n').filter(Boolean);
  const parts = lines
    .map((line) => /^\S+( .*?:)\d\d:\d\d:\d\d(.*?HTTP\/\d\.\d" )\d\d\d( .*)$/.exec(line))
    .filter(Boolean);
  const random = generator(1);
  const below = (limit) => random() % limit;
  const two = (number) => String(number).padStart(2, '0');
  const file = openSync(path, 'w');
  let left = mebibytes * 2 ** 20;
  for (let second = 0; left > 0; ) {
    const made = [];
    for (let bytes = 0; bytes < 1 << 20; ) {
      const [, date, request, rest] = parts[below(parts.length)];
      second += below(2);
      const time = `${two(Math.floor(second / 3600) % 24)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
      if (below(3) === 0) {
        const level = below(10) === 0 ? LEVELS[below(10)] : ['INFO', 'DEBUG'][below(2)];
        const [first, other] = [WORDS[below(10)], WORDS[below(10)]];
        const line = `2026-03-01T${time}.${String(below(1000)).padStart(3, '0')}Z ${level} [worker-${below(64)}] com.example.shop.${first}.Service - the ${first} of customer ${below(1e6)} waits for its ${other}, id=${code(below(1e6))} took ${below(2000)} ms\n`;
        made.push(line);
        bytes += line.length;
        continue;
      }
      const status = below(200) === 0 ? 500 + below(4) : [200, 200, 200, 304, 404, 301][below(6)];
      const line = `${below(223) + 1}.${below(256)}.${below(256)}.${below(256)}${date}${time}${request}${status}${rest}\n`;
      made.push(line);
      bytes += line.length;
    }
    let bytes = Buffer.from(made.join(''), 'latin1');
    if (bytes.length > left) bytes = bytes.subarray(0, bytes.lastIndexOf(10, left - 1) + 1);
    writePieces(file, bytes, piece);
    left -= bytes.length < 1 << 20 ? left : bytes.length;
  }
  settle(file);
}

/**
 * Grows a log to `mebibytes` MiB by copies of itself, up to the end of a line. This takes a tenth of the time of making
 * so many lines, and a log of a gibibyte is larger than every cache, so repeating it helps no program.
 */
export function growCorpus(path, mebibytes, piece = PIECE) {
  const file = openSync(path, 'a+');
  const buffer = Buffer.allocUnsafe(4 << 20);
  const { size } = statSync(path);
  for (let from = 0, left = mebibytes * 2 ** 20 - size; left > 0; ) {
    const got = readSync(file, buffer, 0, Math.min(buffer.length, size - from, left), from);
    const isLast = got === left;
    writePieces(file, buffer.subarray(0, isLast ? buffer.lastIndexOf(10, got - 1) + 1 : got), piece);
    left -= got;
    from = (from + got) % size;
  }
  settle(file);
}

function writePieces(file, bytes, piece) {
  for (let at = 0; at < bytes.length; at += piece) writeSync(file, bytes.subarray(at, at + piece));
}

/** Closes a file when it is on the disk, so that the system does not write it during the first runs. */
function settle(file) {
  fdatasyncSync(file);
  closeSync(file);
}

/** xorshift32: returns a generator of numbers below 2^32. The seed must not be 0. */
function generator(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
