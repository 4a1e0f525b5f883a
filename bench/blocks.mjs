// Measures sizes of blocks on files of 1 KiB to gigabytes: a run that searches a literal, by the library, so that no start
// of a process is in the figures.
//
//   npm run bench:blocks [-- --mib 256 --runs 5 --files 1,16,256,4096,65536,1048576 --cold]
//
// `--files` are sizes of files in KiB. Of each there are as many as `--mib` has room for, at least one, at most 20,000.
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadPlugin, run } from '../dist/index.js';
import { writeCorpus } from './corpus.mjs';
import { machine } from './machine.mjs';
import { Measure } from './measure.mjs';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '256' },
    runs: { type: 'string', default: '5' },
    files: { type: 'string', default: '1,16,256,4096,65536,1048576' },
    cold: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const sizes = values.files.split(',').map(Number);
const folder = mkdtempSync(join(tmpdir(), 'plughost-blocks-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const MOST_FILES = 20_000;
/** KiB; 0 is what the engine chooses. */
const BLOCKS = [0, 64, 256, 768, 2048];
const WORKERS = [1, 2];
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const corpus = join(folder, 'corpus.log');
writeCorpus(corpus, Math.max(Number(values.mib), ...sizes.map((kib) => kib / 1024)));
const dropper = values.cold ? new Measure(folder, 1, { cold: true }) : undefined;
const filter = await loadPlugin(new URL('../build/plugins/libcontains.so', import.meta.url), {
  config: { text: 'ERROR' },
});

/** Writes the files of one size, one after the other cut from the corpus. Returns their paths. */
function filesOf(kib) {
  const count = Math.max(1, Math.min(MOST_FILES, Math.floor((Number(values.mib) * 1024) / kib)));
  const place = join(folder, `files-${kib}`);
  mkdirSync(place);
  const names = Array.from({ length: count }, (_, i) => join(place, String(i).padStart(5, '0')));
  if (count === 1) {
    copyFileSync(corpus, names[0]);
    return names;
  }
  const from = openSync(corpus, 'r');
  const bytes = Buffer.alloc(kib * 1024);
  for (const name of names) {
    const to = openSync(name, 'w');
    writeSync(to, bytes, 0, readSync(from, bytes, 0, bytes.length, null));
    closeSync(to);
  }
  closeSync(from);
  return names;
}

/** Returns milliseconds of wall time and of processor time of one run. */
async function once(names, workers, block) {
  if (dropper) for (const name of names) dropper.drop(name);
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  const { bytes } = await run(names, { stages: [{ filter }], workers, ...(block && { blockSize: block * 1024 }) });
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpu: (user + system) / 1e3, bytes };
}

console.log(
  `${values.cold ? 'Not in' : 'In'} the page cache; medians of ${runs}: milliseconds a GiB, and processor time.`,
);
console.log(`${Object.values(machine()).join(', ')}\n`);
const title = (block) => (block ? `${block} KiB` : 'chosen');
console.log(`| files | workers | ${BLOCKS.map(title).join(' | ')} |`);
console.log(`|---|--:|${BLOCKS.map(() => '--:').join('|')}|`);
for (const kib of sizes) {
  const names = filesOf(kib);
  for (const workers of WORKERS) {
    const turns = BLOCKS.map(() => []);
    for (let turn = -1; turn < runs; turn++) {
      for (const [i, block] of BLOCKS.entries()) {
        const figures = await once(names, workers, block);
        if (turn >= 0) turns[i].push(figures);
      }
    }
    const cells = turns.map((figures) => {
      const of = (key) => ((median(figures.map((one) => one[key])) * 2 ** 30) / figures[0].bytes).toFixed(0);
      return `${of('ms')} (${of('cpu')})`;
    });
    console.log(`| ${names.length} of ${kib} KiB | ${workers} | ${cells.join(' | ')} |`);
  }
  rmSync(join(folder, `files-${kib}`), { recursive: true });
}
await filter.close();
