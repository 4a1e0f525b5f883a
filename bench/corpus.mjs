// A web server's log of any size out of samples/access.log: each line again with another address, time and status, from
// a seeded generator, so that no block repeats and the same size gives the same bytes everywhere.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const sample = fileURLToPath(new URL('../samples/access.log', import.meta.url));

/** Writes `mebibytes` MiB of log to `path`; one line in 200 is answered with a 5xx status. */
export function writeCorpus(path, mebibytes) {
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
    const piece = [];
    for (let bytes = 0; bytes < 1 << 20; ) {
      const [, date, request, rest] = parts[below(parts.length)];
      second += below(2);
      const time = `${two(Math.floor(second / 3600) % 24)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
      const status = below(200) === 0 ? 500 + below(4) : [200, 200, 200, 304, 404, 301][below(6)];
      const line = `${below(223) + 1}.${below(256)}.${below(256)}.${below(256)}${date}${time}${request}${status}${rest}\n`;
      piece.push(line);
      bytes += line.length;
    }
    let bytes = Buffer.from(piece.join(''), 'latin1');
    if (bytes.length > left) bytes = bytes.subarray(0, bytes.lastIndexOf(10, left - 1) + 1);
    writeSync(file, bytes);
    left -= bytes.length < 1 << 20 ? left : bytes.length;
  }
  closeSync(file);
}

/** xorshift32: numbers below 2^32 from a seed that is not 0. */
function generator(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
