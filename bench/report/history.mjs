// One line for each run that was kept, so that a slow-down is seen. A line has ratios, because these say more than times
// on a machine that other programs use too.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { BASE } from './goals.mjs';

/** A change of a ratio by less than this is noise. */
const NOISE = 0.05;

/** Returns the line of a run: for each size and job, speed and processor time of our programs beside the base. */
export function historyLine({ date, commit, machine, ripgrep, runs, cold, largePieces, sizes, files, starts }) {
  const ratios = {};
  for (const { mib, jobs } of sizes)
    ratios[`${mib} MiB`] = Object.fromEntries(jobs.map((job) => [job.name, beside(job.peers, BASE)]));
  if (files) ratios[`${files.count} files`] = { [files.name]: beside(files.peers, BASE) };
  if (starts) ratios.starts = { start: beside(starts, 'node -e 0') };
  return { date, commit, machine, ripgrep, runs, cold, largePieces, ratios };
}

/** Returns [speed, processor time] of each of our programs as shares of the base's. */
function beside(peers, base) {
  if (!peers[base]) return {};
  const ours = Object.entries(peers).filter(([name]) => name !== base && /^(host|isolated|patterns) /.test(name));
  const round = (number) => Number(number.toFixed(3));
  return Object.fromEntries(
    ours.map(([name, { ms, cpu }]) => [name, [round(peers[base].ms / ms), round(cpu / peers[base].cpu)]]),
  );
}

export function readHistory(path) {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

export const appendHistory = (path, line) => appendFileSync(path, `${JSON.stringify(line)}\n`);

/** Whether the ratios of two lines may be compared: the same processor, peer and cache. */
const isComparable = (one, other) =>
  one.machine.processor === other.machine.processor &&
  ['ripgrep', 'cold', 'largePieces'].every((key) => one[key] === other[key]);

/**
 * Compares a line with those before it: each figure with the last comparable one of the same size, job and program.
 * Returns `{ size, job, program, before, now, change, date, commit }` for each; a change above 1 is faster.
 */
export function changes(history, line) {
  const past = history.filter((other) => isComparable(other, line)).toReversed();
  return Object.entries(line.ratios).flatMap(([size, jobs]) =>
    Object.entries(jobs).flatMap(([job, programs]) =>
      Object.entries(programs).flatMap(([program, [now]]) => {
        const last = past.find(({ ratios }) => ratios[size]?.[job]?.[program]);
        if (!last) return [];
        const [before] = last.ratios[size][job][program];
        return [{ size, job, program, before, now, change: now / before, date: last.date, commit: last.commit }];
      }),
    ),
  );
}

/** Returns what changed by more than noise, the slowest first, as lines of text. */
export function changeReport(all) {
  if (all.length === 0) return ['bench/history has no earlier run of these jobs on such a machine to compare with.'];
  const seen = all.filter(({ change }) => Math.abs(change - 1) > NOISE).toSorted((a, b) => a.change - b.change);
  const { date, commit } = all[0];
  const percent = (change) => `${Math.abs((change - 1) * 100).toFixed(0)} % ${change < 1 ? 'slower' : 'faster'}`;
  return [
    `${all.length} ratios compared with the last run (${date}, ${commit}); ${seen.length} changed by more than ${NOISE * 100} %.`,
    ...seen.map(
      ({ size, job, program, before, now, change }) =>
        `  ${size}, ${job}, ${program}: ${percent(change)} (${before.toFixed(2)} to ${now.toFixed(2)})`,
    ),
  ];
}
