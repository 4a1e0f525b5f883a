// A page about an access log: plughost report beside GoAccess, with the answers of some panels compared. Hosts are none
// of these: GoAccess knows them by 32 bits of a hash, so of some hundred thousand several are one to it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const host = fileURLToPath(new URL('../../bin/host.js', import.meta.url));

/** Returns answers as lines: how many there are, their counts by status, and the bytes of all responses. */
const linesFrom = ({ lines, statuses, bytes }) =>
  [`lines: ${lines}`, ...statuses.map(([status, count]) => `status ${status}: ${count}`), `bytes: ${bytes}`].join('\n');

const numberOf = (text = '') => Number(text.replaceAll(',', ''));

/** Reads the page of plughost report. */
function answersOfPage(html) {
  const [, panel = ''] = html.split('<h2>Statuses</h2>');
  const rows = [...panel.split('</table>')[0].matchAll(/<tr><td>([^<]*)<\/td><td>([^<]*)<\/td>/g)];
  const [, lines] = />([\d,]+) lines, /.exec(html) ?? [];
  const [, bytes] = /<dt>sum<\/dt><dd>([^<]*)</.exec(html) ?? [];
  const statuses = rows.map(([, value, count]) => [value, numberOf(count)]);
  return linesFrom({ lines: numberOf(lines), statuses, bytes: numberOf(bytes) });
}

/** Reads the JSON of GoAccess, which has statuses in classes. */
function answersOfJson(text) {
  const { general, status_codes } = JSON.parse(text);
  const statuses = status_codes.data.flatMap(({ items }) => items);
  return linesFrom({
    lines: general.valid_requests,
    statuses: statuses.map(({ data, hits }) => [data.slice(0, 3), hits.count]),
    bytes: general.bandwidth,
  });
}

const ours = (workers) => ({
  name: `plughost -j${workers}`,
  command: ({ log }) => [process.execPath, host, 'report', log, '--parse', 'access', `-j${workers}`],
  answer: answersOfPage,
});

const goAccess = {
  name: 'GoAccess',
  why: spawnSync('goaccess', ['--version']).status === 0 ? undefined : 'it is not installed',
  command: ({ log }) => [
    ...['goaccess', log, '--log-format=COMBINED', '--no-global-config', '--no-progress', '-o', 'json'],
  ],
  answer: answersOfJson,
  slow: true,
  // Its time and date are in it.
  varies: true,
};

/** Returns the question of a whole page about a log in the Combined format. */
export const reportTask = (combined) => ({ name: 'report', log: combined, programs: [ours(1), ours(2), goAccess] });
