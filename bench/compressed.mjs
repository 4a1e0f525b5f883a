// Measures compressed logs beside pipes of a decoder into ripgrep: whole processes, in turns, the same bytes checked.
//
//   npm run bench:compressed [-- --mib 1024 --runs 5 --file LOG --only NAME,... --no-install]
//
// The log is packed as one member or frame, and as many, which host decodes in parallel.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { writeCorpus } from './corpus.mjs';
import { machine } from './machine.mjs';
import { digestOf } from './measure/digest.mjs';
import { Measure } from './measure.mjs';
import { findRipgrep } from './peers/ripgrep.mjs';

const TEXT = 'ERROR';
const host = fileURLToPath(new URL('../bin/host.js', import.meta.url));
const MIB = 1 << 20;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    file: { type: 'string' },
    only: { type: 'string' },
    install: { type: 'boolean', default: true },
  },
});

/** How the log is packed: the programs that pack and unpack it, and the name in the table. */
const PACKED = [
  { name: 'gzip', label: 'gzip -6, one member', tool: 'gzip', pack: 'gzip -6 -nc', unpack: 'pigz -dc' },
  { name: 'pigz', label: 'pigz, one member', tool: 'pigz', pack: 'pigz -nc', unpack: 'pigz -dc' },
  { name: 'gzip-16m', label: 'gzip, members of 16 MiB', members: 16 * MIB, unpack: 'pigz -dc' },
  { name: 'gzip-1m', label: 'gzip, members of 1 MiB', members: MIB, unpack: 'pigz -dc' },
  { name: 'gzip-64k', label: 'gzip, members of 64 KiB', members: 64 << 10, unpack: 'pigz -dc' },
  { name: 'zstd', label: 'zstd -3, one frame', tool: 'zstd', pack: 'zstd -q3c', unpack: 'zstd -dcq' },
  { name: 'pzstd', label: 'pzstd -3, frames of 8 MiB', tool: 'pzstd', pack: 'pzstd -q -3 -c', unpack: 'zstd -dcq' },
].filter(({ name }) => values.only?.split(',').includes(name) ?? true);

const has = (program) => !spawnSync(program, ['--version'], { stdio: 'ignore' }).error;

const folder = mkdtempSync(join(tmpdir(), 'plughost-compressed-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const log = values.file ?? join(folder, 'log');
if (!values.file) writeCorpus(log, Number(values.mib));

/** Packs each piece of so many bytes as a member, as log rotators and bgzip do. */
function packMembers(path, size) {
  const [from, to] = [openSync(log, 'r'), openSync(path, 'w')];
  const buffer = Buffer.alloc(size);
  for (let got = readSync(from, buffer); got > 0; got = readSync(from, buffer)) {
    writeSync(to, gzipSync(buffer.subarray(0, got)));
  }
  closeSync(from);
  closeSync(to);
}

function pack({ name, members, pack }) {
  // ripgrep goes by the ending.
  const path = join(folder, `${name}.${name.startsWith('gzip') || name === 'pigz' ? 'gz' : 'zst'}`);
  if (members) packMembers(path, members);
  else if (spawnSync('sh', ['-c', `${pack} < "$0" > "$1"`, log, path], { stdio: 'inherit' }).status !== 0)
    throw new Error(`${pack} fails`);
  return path;
}

const ripgrep = findRipgrep({ install: values.install });
const measure = new Measure(folder, Number(values.runs));
const search = ripgrep.program && [ripgrep.program, '--no-config', '-a', '-N', '-F', TEXT];

function commandsFor(file, unpack) {
  const ours = (workers) => ({
    name: `host -j${workers}`,
    line: [process.execPath, host, 'run', file, '--filter', 'contains', '-p', `text=${TEXT}`, '-j', String(workers)],
  });
  const piped = has(unpack.split(' ')[0]) && search;
  return [
    ours(1),
    ours(2),
    ...(piped ? [{ name: 'pipe', line: ['sh', '-c', `${unpack} "$0" | "$@"`, file, ...search] }] : []),
    ...(search ? [{ name: 'rg -z', line: [...search, '-z', file] }] : []),
  ];
}

const COLUMNS = ['host -j1', 'host -j2', 'pipe', 'rg -z'];
const { processor, kernel, node } = machine();
console.log(`${processor}, ${kernel}, Node ${node}, ripgrep ${ripgrep.version ?? `: ${ripgrep.why}`}`);
console.log(
  `${(statSync(log).size / MIB).toFixed(0)} MiB of log, medians of ${values.runs}: wall ms (user + system ms)\n`,
);
console.log(`| packed by | MiB | ${COLUMNS.join(' | ')} | pipe / -j1 | pipe / -j2 |\n|---|--:${'|--:'.repeat(6)}|`);
for (const packed of PACKED) {
  if (packed.tool && !has(packed.tool)) {
    console.log(`| ${packed.label} | not measured: ${packed.tool} is not installed | | | | | | |`);
    continue;
  }
  const file = pack(packed);
  let expected;
  const figures = await measure.turns(commandsFor(file, packed.unpack), {
    check: ({ name }) => {
      const { digest } = digestOf(measure.output, false);
      expected ??= digest;
      if (digest !== expected) throw new Error(`${packed.label}: ${name} gives other bytes`);
    },
  });
  const cells = COLUMNS.map((name) => {
    const figure = figures[name];
    return figure ? `${figure.ms.toFixed(0)} (${figure.cpu.toFixed(0)})` : '';
  });
  const ratio = (name) => (figures.pipe ? (figures.pipe.ms / figures[name].ms).toFixed(2) : '');
  const size = (statSync(file).size / MIB).toFixed(0);
  console.log(`| ${packed.label} | ${size} | ${cells.join(' | ')} | ${ratio('host -j1')} | ${ratio('host -j2')} |`);
  rmSync(file);
}
