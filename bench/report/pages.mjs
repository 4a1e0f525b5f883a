// What is made from the figures: the judged goals, the picture, and the tables in the pages of documentation. Each table
// stands between two markers, <!-- bench:NAME --> and <!-- bench:end -->, and is written anew, so all of them agree.
//
//   node bench/report/pages.mjs           writes them anew
//   node bench/report/pages.mjs --check   fails if one differs from the results
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judge } from './goals.mjs';
import { readResults, textOf } from './results.mjs';
import { draw } from './svg.mjs';
import { goals, origin, ratios, sizeOf, starts, times } from './tables.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const bySize = ({ sizes }, show) =>
  sizes.map(({ mib, jobs }) => `A log of ${sizeOf(mib)}:\n\n${show(jobs)}`).join('\n\n');
const withOrigin = (results, text) => `${text}\n\n${origin(results)}`;

/** The programs in the table of the README. */
const MAIN = [
  ...['host -j1', 'host -j2', 'isolated -j1', 'isolated -j2', 'patterns -j1', 'patterns -j2'],
  ...['ripgrep', 'GNU grep', 'Go -j1', 'Node', 'Hyperscan', 'read limit'],
];

const BLOCKS = {
  times: ({ warm }) =>
    withOrigin(
      warm,
      bySize(warm, (jobs) => times(jobs, MAIN)),
    ),
  goals: ({ warm }) => withOrigin(warm, goals(judge(warm))),
  ratios: ({ warm }) => bySize(warm, ratios),
  others: ({ warm }) =>
    [warm.files && times([warm.files], warm.programs), warm.starts && starts(warm.starts)].filter(Boolean).join('\n\n'),
  cold: ({ cold }) =>
    withOrigin(
      cold,
      bySize(cold, (jobs) => times(jobs, cold.programs)),
    ),
};

/** Returns a page with its tables made from the results. Throws if a marker is unknown or has no end. */
export function renew(text, results) {
  return text.replace(/<!-- bench:(?!end)(\S+) -->\n(.*?)(<!-- bench:(\S+) -->|$(?![\s\S]))/gs, (_, name, __, end) => {
    if (!BLOCKS[name]) throw new Error(`no table is named ${name}; there are ${Object.keys(BLOCKS).join(', ')}`);
    if (end !== '<!-- bench:end -->') throw new Error(`the table ${name} has no end`);
    const { cold, warm } = results;
    const isThere = name === 'cold' ? cold : warm;
    const made = isThere ? BLOCKS[name](results) : 'Not measured yet.';
    return `<!-- bench:${name} -->\n${made || 'Not measured.'}\n${end}`;
  });
}

/** The files that are made from the results, in whole or in part, and how. */
const MADE = {
  'bench/results.json': (before, { warm }) => (warm ? textOf(warm) : before),
  'README.md': renew,
  'docs/performance.md': renew,
  'bench/results.svg': (before, { warm }) => (warm ? draw(warm) : before),
};

/** Writes the tables of the pages and the picture anew. Returns the files that changed. */
export function renewPages({ check = false } = {}) {
  const results = readResults();
  return Object.entries(MADE)
    .filter(([file, make]) => {
      const before = readFileSync(`${root}${file}`, 'utf8');
      const after = make(before, results);
      if (after !== before && !check) writeFileSync(`${root}${file}`, after);
      return after !== before;
    })
    .map(([file]) => file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const changed = renewPages({ check });
  if (check && changed.length > 0) {
    console.error(`other figures than in bench/results.json: ${changed.join(', ')}; run: node bench/report/pages.mjs`);
    process.exitCode = 1;
  }
}
