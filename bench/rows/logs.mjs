// Logs for bench/rows.mjs: one of a web server, and the same requests as lines of JSON.
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { growCorpus, writeCorpus } from '../corpus.mjs';

/** MiB that are made; a larger log repeats them. */
const MADE = 64;
const REQUEST = /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) (\S+)" (\d{3}) (\S+)(?: "([^"]*)" "([^"]*)")?$/;

/** Writes an access log of `mib` MiB. All its lines have the Common or the Combined format, or all the latter. */
export function writeAccess(path, mib, { combined = false } = {}) {
  const made = `${path}.made`;
  writeCorpus(made, Math.min(2 * MADE, 2 * mib));
  const lines = readFileSync(made, 'latin1').split('\n');
  const limit = Math.min(MADE, mib) << 20;
  const fits = lines.filter((line) => REQUEST.test(line) && (!combined || line.endsWith('"')));
  let size = 0;
  const end = fits.findIndex((line) => {
    size += line.length + 1;
    return size > limit;
  });
  writeFileSync(path, `${fits.slice(0, end < 0 ? undefined : end).join('\n')}\n`, 'latin1');
  writeFileSync(made, '');
  growCorpus(path, mib);
}

/** Writes the requests of an access log as JSON, an object a line, `mib` MiB of them. */
export function writeJson(access, path, mib) {
  const out = openSync(path, 'w');
  const limit = Math.min(MADE, mib) << 20;
  let size = 0;
  for (const line of readFileSync(access).subarray(0, limit).toString('latin1').split('\n')) {
    const [, host, time, method, target, protocol, status, bytes, referer, agent] = REQUEST.exec(line) ?? [];
    if (!host) continue;
    const request = { time, level: 'info', host, method, path: target, protocol, status: Number(status) };
    const text = `${JSON.stringify({ ...request, bytes: Number(bytes) || 0, referer, agent })}\n`;
    size += text.length;
    if (size > limit) break;
    writeSync(out, text);
  }
  closeSync(out);
  growCorpus(path, mib);
}
