// Draws the results: for each job and size a bar for each of our programs, as long as its speed beside ripgrep's. The
// picture follows the colour scheme of the reader.
import { BASE, judge, speedOf } from './goals.mjs';
import { sizeOf } from './tables.mjs';

const BAR = 12;
const GAP = 14;
const TOP = 62;
const LABEL = 96;
const PANEL = 340;
const SPACE = 24;
/** The speed at which a panel ends. Longer bars are cut, and their number says so. */
const MOST = 4;
const SCALE = (PANEL - 64) / MOST;

const PROGRAMS = [
  { program: 'host', one: 'host-one', two: 'host-two' },
  { program: 'isolated', one: 'isolated-one', two: 'isolated-two' },
  { program: 'patterns', one: 'patterns-one', two: 'patterns-two' },
];
const BARS = PROGRAMS.flatMap(({ program, one, two }) => [
  { name: `${program} -j1`, kind: one },
  { name: `${program} -j2`, kind: two },
]);

const text = (value) => String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Returns the picture as SVG. */
export function draw(results) {
  const goals = goalMarks(results);
  const panels = results.sizes.filter(({ jobs }) => jobs.some(({ peers }) => peers[BASE]));
  // The jobs in the order of the largest list, so that those of both sizes stand side by side.
  const names = panels.toSorted((a, b) => b.jobs.length - a.jobs.length)[0]?.jobs.map(({ name }) => name) ?? [];
  const parts = [];
  let y = TOP;
  for (const job of names) {
    const shown = panels.map(({ jobs }) => jobs.find(({ name }) => name === job));
    const bars = BARS.filter(({ name }) => shown.some((one) => one?.peers[name]));
    parts.push(`<text class="job" x="0" y="${y - 4}">${text(job)}</text>`);
    for (const { name, kind } of bars) {
      parts.push(`<text x="${LABEL - 6}" y="${y + BAR - 3}" text-anchor="end">${text(name)}</text>`);
      for (const [i, panel] of panels.entries()) {
        const speed = shown[i] && speedOf(shown[i].peers, name);
        if (speed !== undefined)
          parts.push(...bar(LABEL + i * (PANEL + SPACE), y, speed, kind, goals(job, name, panel.mib)));
      }
      y += BAR;
    }
    y += GAP + BAR;
  }
  return page(panels, parts, y - BAR, results.ripgrep);
}

function bar(x, y, speed, kind, goal) {
  const width = Math.min(speed, MOST) * SCALE;
  const mark = x + goal * SCALE;
  // The number stands beside the bar, and beside the mark if that is where the number would be.
  const end = goal > speed && mark < x + width + 32 ? mark : x + width;
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}"/>`,
    ...(goal
      ? [`<line class="goal" x1="${mark.toFixed(1)}" x2="${mark.toFixed(1)}" y1="${y - 1}" y2="${y + BAR - 1}"/>`]
      : []),
    `<text class="note" x="${(end + 4).toFixed(1)}" y="${y + BAR - 3}">${speed.toFixed(2)}${speed > MOST ? ' →' : ''}</text>`,
  ];
}

/** Returns a function that gives the goal of a bar, or NaN. */
function goalMarks(results) {
  const cells = judge(results).bySize.flatMap(({ job, program, cells }) =>
    program
      ? cells.filter(Boolean).map((cell) => ({ key: `${job}|${program} -j${cell.workers}|${cell.mib}`, ...cell }))
      : [],
  );
  const limits = new Map(cells.map(({ key, limit }) => [key, limit]));
  return (job, name, mib) => limits.get(`${job}|${name}|${mib}`) ?? Number.NaN;
}

function page(panels, parts, height, version) {
  const width = LABEL + panels.length * (PANEL + SPACE) - SPACE;
  const heads = panels.map(({ mib }, i) => {
    const x = LABEL + i * (PANEL + SPACE);
    const one = (x + SCALE).toFixed(1);
    return `<text class="head" x="${x}" y="32">${sizeOf(mib)}</text>
<text class="note" x="${one}" y="44" text-anchor="middle">ripgrep ${text(version)}</text>
<line class="one" x1="${one}" x2="${one}" y1="48" y2="${height}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">
<title>Speed beside ripgrep</title>
<style>
  text { fill: #222 } .job, .head { font-weight: 600; font-size: 12px } .note { fill: #777; font-size: 10px }
  .host-one { fill: #7fb2f0 } .host-two { fill: #2a7de1 } .isolated-one { fill: #9fd3b4 } .isolated-two { fill: #2f9e63 }
  .patterns-one { fill: #d9b3e6 } .patterns-two { fill: #9b4dbb }
  .one { stroke: #888; stroke-dasharray: 2 3 } .goal { stroke: #d9480f; stroke-width: 2 }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } .note { fill: #999 } }
</style>
<text class="note" x="0" y="12">Speed of the whole process beside that of ripgrep; longer is faster. -j1 is one worker, -j2 two. An orange mark is the goal.</text>
${heads.join('\n')}
${parts.join('\n')}
</svg>
`;
}
