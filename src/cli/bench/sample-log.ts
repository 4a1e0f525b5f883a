import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutputError, reasonOf } from '../../errors/index.js';

/** Bytes of the log that the command makes. Larger than the caches of a core, and read in about ten milliseconds. */
export const SAMPLE_SIZE = 64 << 20;

const PAGES = ['/', '/index.html', '/docs/start', '/docs/reference/options', '/blog/2025/11/a-release', '/about'];
const FILES = ['/static/app.4f1c9e.js', '/static/site.css', '/images/logo.svg', '/fonts/text.woff2', '/favicon.ico'];
const CALLS = ['/api/v1/items?page=', '/api/v1/users/', '/api/v2/search?q=log&limit=', '/api/v1/sessions/', '/feed?n='];
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'PUT', 'HEAD', 'DELETE'];
const STATUSES = [200, 200, 200, 200, 200, 200, 304, 304, 301, 404];
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:119.0) Gecko/20100101 Firefox/119.0',
  'curl/8.4.0',
];
const ROBOTS = ['Googlebot/2.1 (+http://www.google.com/bot.html)', 'Mozilla/5.0 (compatible; bingbot/2.0)'];

/**
 * Writes a web server's log in the combined format, of at most `size` bytes, and the same bytes each time. One line in
 * 200 has a server error, one in 100 is from a robot.
 */
export function writeSampleLog(fd: number, size: number): void {
  const random = generator();
  const below = (limit: number) => random() % limit;
  const one = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const two = (number: number) => String(number).padStart(2, '0');
  const target = () => {
    const kind = below(10);
    return kind < 4 ? one(PAGES) : kind < 7 ? one(FILES) : `${one(CALLS)}${below(100_000)}`;
  };
  let second = 0;
  const line = () => {
    second += below(3) === 0 ? 1 : 0;
    const address = `${below(223) + 1}.${below(256)}.${below(256)}.${below(256)}`;
    const time = `${two(Math.floor(second / 3600) % 24)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
    const status = below(200) === 0 ? 500 + below(4) : one(STATUSES);
    const from = below(3) === 0 ? '-' : `https://www.example.com${one(PAGES)}`;
    const agent = below(100) === 0 ? one(ROBOTS) : one(AGENTS);
    return `${address} - - [17/Nov/2025:${time} +0000] "${one(METHODS)} ${target()} HTTP/1.1" ${status} ${below(50_000)} "${from}" "${agent}"\n`;
  };
  let at = 0;
  let next = line();
  while (at + next.length <= size) {
    let piece = '';
    for (; piece.length < 1 << 20 && at + piece.length + next.length <= size; next = line()) piece += next;
    const bytes = Buffer.from(piece, 'latin1');
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
    at += bytes.length;
  }
}

/**
 * Returns a descriptor of a new file with such a log. The file has no name, so the system removes it when the process
 * ends, however it ends. The caller closes the descriptor.
 * @throws OutputError
 */
export function openSampleLog(): number {
  const path = join(tmpdir(), `plughost-bench-${process.pid}-${Date.now()}.log`);
  let fd: number | undefined;
  try {
    fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    writeSampleLog(fd, SAMPLE_SIZE);
    return fd;
  } catch (cause) {
    if (fd !== undefined) closeSync(fd);
    throw new OutputError(path, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), {
      cause,
      hint: 'name a log to measure with, or another folder with TMPDIR',
    });
  }
}

/** Returns a xorshift32 generator of numbers below 2^32, always the same sequence. */
function generator(): () => number {
  let state = 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
