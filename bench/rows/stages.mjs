// Measures the plugins of answers in their stages alone, without the start, the reading and the lines of a run: the
// parser of access logs with all its columns, and what aggregators need for a row in addition to parsing.
//
//   npm run bench:stages [-- --mib 256 --runs 7]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from '../machine.mjs';
import { compileC } from '../measure/compile.mjs';
import { writeAccess } from './logs.mjs';

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '256' }, runs: { type: 'string', default: '7' } },
});
const folder = mkdtempSync(join(tmpdir(), 'plughost-stages-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
const root = fileURLToPath(new URL('../..', import.meta.url));
const log = join(folder, 'access.log');
writeAccess(log, Number(values.mib), { combined: true });

const program = compileC(join(root, 'bench/rows/stages.c'), folder, `-I${root}/native/include`, '-ldl');
const { status, stdout, stderr } = spawnSync(program, [join(root, 'build/plugins'), log, values.runs], {
  encoding: 'utf8',
});
if (status !== 0) throw new Error(`stages: ${stderr}`);
const { rows, bytes, columns, parse, folds } = JSON.parse(stdout);

const { processor, kernel } = machine();
console.log(
  `${processor}, ${kernel}; ${rows} lines of ${(bytes / rows).toFixed(0)} bytes, the fastest of ${values.runs}`,
);
console.log(`\n| stage | ns a row | GB/s |\n|---|--:|--:|`);
console.log(`| access, all ${columns} columns | ${parse.toFixed(1)} | ${(bytes / rows / parse).toFixed(2)} |`);
for (const { name, alone, byStatus } of folds) {
  console.log(`| ${name} | ${alone.toFixed(1)} | |`);
  console.log(`| ${name} by status | ${byStatus.toFixed(1)} | |`);
}
