// The goals, and whether results meet them. A figure is undefined if its programs were not measured.
export const BASE = 'ripgrep';

const atLeast = (limit) => ({ limit, sign: '≥', isMet: (figure) => figure >= limit });
const atMost = (limit) => ({ limit, sign: '≤', isMet: (figure) => figure <= limit });

/** Returns how many times as fast as another program one was, by wall time. */
export const speedOf = (peers, name, other = BASE) => divided(peers?.[other]?.ms, peers?.[name]?.ms);

const divided = (a, b) => (a === undefined || b === undefined ? undefined : a / b);

const beside = (job, program) => ({
  title: `${job}, by \`${program}\`: speed beside ripgrep`,
  job,
  // Only these have bars in the picture.
  program,
  figure: (peers, workers) => speedOf(peers, `${program} -j${workers}`),
});
const isolation = (job) => ({
  title: `${job}, isolated: speed beside in-process`,
  job,
  figure: (peers, workers) => speedOf(peers, `isolated -j${workers}`, `host -j${workers}`),
});

// By MiB of the log, then by workers.
const BY_SIZE = [
  { ...beside('literal', 'host'), 1024: [atLeast(0.75), atLeast(1.2)], 8192: [atLeast(0.9), atLeast(1.7)] },
  { ...beside('levels', 'host'), 1024: [atLeast(1.1), atLeast(1.6)], 8192: [atLeast(1.1), atLeast(1.9)] },
  { ...beside('status 5xx', 'host'), 1024: [atLeast(1.1), atLeast(1.6)], 8192: [atLeast(1.1), atLeast(1.9)] },
  { ...beside('no literal', 'host'), 1024: [atLeast(1), atLeast(1.85)], 8192: [atLeast(1), atLeast(1.9)] },
  { ...beside('no literal', 'patterns'), 1024: [atLeast(1.6), atLeast(3)] },
  {
    title: "literal: processor time beyond Node's start, beside reading alone",
    job: 'literal',
    figure: (peers, workers) => {
      const [all, node] = [peers[`host -j${workers}`]?.cpu, peers['node -e 0']?.cpu];
      return all === undefined || node === undefined ? undefined : divided(all - node, peers['read limit']?.cpu);
    },
    1024: [atMost(1.25)],
    8192: [atMost(1.15)],
  },
  { ...isolation('literal'), 1024: [atLeast(0.95), atLeast(0.9)], 8192: [atLeast(0.95), atLeast(0.9)] },
  { ...isolation('levels'), 1024: [atLeast(0.95), atLeast(0.9)], 8192: [atLeast(0.95), atLeast(0.9)] },
  {
    title: 'literal, isolated: processor time beside in-process',
    job: 'literal',
    figure: (peers, workers) => divided(peers[`isolated -j${workers}`]?.cpu, peers[`host -j${workers}`]?.cpu),
    1024: [undefined, atMost(1.15)],
    8192: [undefined, atMost(1.15)],
  },
];

const started =
  (name) =>
  ({ starts }) =>
    divided(starts?.[name]?.ms, starts?.['node -e 0']?.ms);
const others =
  (workers) =>
  ({ files }) =>
    files?.count === 10_000 ? divided(files.peers[`host -j${workers}`]?.ms, files.peers[BASE]?.ms) : undefined;

const SINGLE = [
  { title: '`host load`: time beside `node -e 0`', figure: started('host load'), goal: atMost(1.35) },
  { title: '`host run` of a small log: time beside `node -e 0`', figure: started('host run'), goal: atMost(1.35) },
  { title: '10,000 small files, one worker: time beside `rg --sort path`', figure: others(1), goal: atMost(1.5) },
  { title: '10,000 small files, two workers: time beside `rg --sort path`', figure: others(2), goal: atMost(1.5) },
  { title: 'memory of 8 GiB beside 1 GiB, the worst job', figure: memoryGrowth, goal: atMost(1.05) },
  { title: 'memory above `node -e 0`, the worst job, MiB', figure: memoryAboveNode, goal: atMost(64) },
];

const isOurs = (name) => /^(host|isolated|patterns) -j/.test(name);
const jobsOf = ({ sizes }, mib) => sizes.find((size) => size.mib === mib)?.jobs ?? [];
const worst = (numbers) => (numbers.length > 0 ? Math.max(...numbers) : undefined);

function memoryGrowth(results) {
  const small = new Map(jobsOf(results, 1024).map(({ name, peers }) => [name, peers]));
  const growths = jobsOf(results, 8192).flatMap(({ name, peers }) =>
    Object.keys(peers)
      .filter((peer) => isOurs(peer) && small.get(name)?.[peer])
      .map((peer) => peers[peer].peak / small.get(name)[peer].peak),
  );
  return worst(growths);
}

function memoryAboveNode(results) {
  const jobs = [...results.sizes.flatMap((size) => size.jobs), ...(results.files ? [results.files] : [])];
  const node = jobs.find(({ peers }) => peers['node -e 0'])?.peers['node -e 0'].peak;
  if (node === undefined) return undefined;
  const peaks = jobs.flatMap(({ peers }) =>
    Object.keys(peers)
      .filter(isOurs)
      .map((name) => peers[name].peak - node),
  );
  return worst(peaks);
}

/**
 * Returns the goals with their figures. `bySize` has the sizes of the goals and workers in each row; both lists have
 * `{ sign, limit, figure, met }`, without `figure` and `met` where nothing was measured.
 */
export function judge(results) {
  const judged = (goal, figure) => {
    if (!goal) return undefined;
    const { sign, limit, isMet } = goal;
    if (figure === undefined) return { sign, limit };
    // Compares the rounded figure, which is what the table shows.
    const shown = Number(figure.toFixed(2));
    return { sign, limit, figure: shown, met: isMet(shown) };
  };
  const bySize = BY_SIZE.map(({ title, job, program, figure, ...sizes }) => ({
    title,
    job,
    program,
    cells: [1024, 8192].flatMap((mib) => {
      const peers = jobsOf(results, mib).find(({ name }) => name === job)?.peers;
      return [1, 2].map((workers) => {
        const cell = judged(sizes[mib]?.[workers - 1], peers && figure(peers, workers));
        return cell && { mib, workers, ...cell };
      });
    }),
  }));
  const single = SINGLE.map(({ title, figure, goal }) => ({ title, ...judged(goal, figure(results)) }));
  return { bySize, single };
}
