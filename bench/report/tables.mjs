// Tables of results, in Markdown: for the terminal and for the pages of documentation.
import { BASE, speedOf } from './goals.mjs';

/** Returns a table. The first column is text, the others are numbers. */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(heads),
    `|---|${heads
      .slice(1)
      .map(() => '--:|')
      .join('')}`,
    ...rows.map(line),
  ].join('\n');
}

export const sizeOf = (mib) => (mib % 1024 === 0 ? `${mib / 1024} GiB` : `${Number(mib.toFixed(1))} MiB`);

/** Returns one sentence: when, on what, and of how many runs a table is. */
export function origin({ command, runs, cold, machine, largePieces, ripgrep, date, missing }) {
  const { processor, memory, kernel, node } = machine;
  const peer = ripgrep ? `, ripgrep ${ripgrep}` : '';
  const cache = cold
    ? 'the log dropped from the page cache before each run'
    : `the log in the page cache${largePieces ? ' in large pieces' : ''}`;
  const left = missing.length > 0 ? ` Left out: ${missing.join('; ')}.` : '';
  return `\`${command}\`, ${date}: medians of ${runs}, ${cache}; ${processor}, ${memory}, ${kernel}, Node ${node}${peer}.${left}`;
}

/** Returns wall time. A slow peer was measured once, by its warm-up. */
const wall = ({ ms, runs, expected }) => `${ms.toFixed(0)}${runs < expected ? ' (once)' : ''}`;

/**
 * Returns milliseconds of the whole process for each job, and for those of the programs that did one. `cell` says how
 * figures are shown.
 */
export function times(jobs, names, cell = wall) {
  const programs = names.filter((name) => name !== 'node -e 0' && jobs.some(({ peers }) => peers[name]));
  const expected = Math.max(...jobs.flatMap(({ peers }) => Object.values(peers).map(({ runs }) => runs)));
  const rows = jobs.map(({ label, lines, peers }) => [
    label,
    lines.toLocaleString('en-US'),
    ...programs.map((name) => (peers[name] ? cell({ ...peers[name], expected }) : '')),
  ]);
  return table(
    ['milliseconds', 'lines', ...programs.map((name) => (name.includes(' -j') ? `\`${name}\`` : name))],
    rows,
  );
}

const OURS = ['host -j1', 'host -j2', 'isolated -j1', 'isolated -j2', 'patterns -j1', 'patterns -j2'];

/** Returns how many times as fast as ripgrep our programs were, and their processor time as a share of ripgrep's. */
export function ratios(jobs) {
  const measured = jobs.filter(({ peers }) => peers[BASE]);
  const rows = measured.map(({ label, peers }) => [
    label,
    ...OURS.map((name) => {
      const speed = speedOf(peers, name);
      return speed === undefined ? '' : `${speed.toFixed(2)} (${(peers[name].cpu / peers[BASE].cpu).toFixed(2)})`;
    }),
  ]);
  return table(['speed beside ripgrep (processor time beside it)', ...OURS.map((name) => `\`${name}\``)], rows);
}

function goalCell(goal) {
  if (!goal) return '';
  const limit = `(${goal.sign} ${goal.limit})`;
  if (goal.figure === undefined) return `not measured ${limit}`;
  return `${goal.met ? 'met' : '**missed**'}: ${goal.figure.toFixed(2)} ${limit}`;
}

/** Returns judged goals as two tables: those for each size, and the others. */
export function goals({ bySize, single }) {
  const heads = ['goal', '1 GiB, one worker', '1 GiB, two', '8 GiB, one worker', '8 GiB, two'];
  return [
    table(
      heads,
      bySize.map(({ title, cells }) => [title, ...cells.map(goalCell)]),
    ),
    table(
      ['goal', 'figure'],
      single.map((goal) => [goal.title, goalCell(goal)]),
    ),
  ].join('\n\n');
}

/** Returns milliseconds of the commands that do hardly anything. */
export const starts = (figures) =>
  table(
    ['start', 'milliseconds', 'processor time', 'MiB'],
    Object.entries(figures).map(([name, { ms, cpu, peak }]) => [
      `\`${name}\``,
      ms.toFixed(1),
      cpu.toFixed(1),
      peak.toFixed(0),
    ]),
  );
