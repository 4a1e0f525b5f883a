// Asks plughost and DuckDB, mawk, gawk, jq and Miller the same questions about real logs, and compares the answers: exactly,
// and those that are estimates by the error that the documentation states. Prints a table in Markdown, and each difference.
//   npm run drill:answers -- [FOLDER [NAME...]]
// FOLDER holds the logs, ../shared/data by default. DuckDB is a package of Python: PYTHON names the one that has it. Ends with
// status 1 after a difference, or if there is no log.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importTests } from '../bundle-tests.mjs';

const { compare, LOGS, noDuckdb, TOOLS } = await importTests('test/e2e/answers', [
  'beside',
  'duckdb',
  'logs',
  'text-tools',
]);

const [folder = fileURLToPath(new URL('../../../shared/data', import.meta.url)), ...names] = process.argv.slice(2);
const logs = LOGS.filter(({ file }) => names.length === 0 || names.includes(file));
const there = logs.filter(({ file }) => existsSync(join(folder, file)));
for (const { file } of logs)
  if (!there.some((log) => log.file === file)) console.log(`skipped: ${folder} has no ${file}`);
if (noDuckdb) console.log(`skipped: DuckDB: ${noDuckdb}`);
if (there.length === 0) {
  console.error(`${folder} has none of the logs, so nothing was compared`);
  process.exit(1);
}
for (const [tool, isThere] of Object.entries(TOOLS)) if (!isThere) console.log(`skipped: ${tool} is not installed`);

const tools = ['DuckDB', ...Object.keys(TOOLS)];
const differences = [];
const scratch = mkdtempSync(join(tmpdir(), 'plughost-drill-'));
try {
  console.log(`\n| log | parser | lines | do not fit | questions | as ${tools.join(' | as ')} |`);
  console.log(`|---|---|--:|--:|--:|${tools.map(() => '--:|').join('')}`);
  for (const log of there) {
    const found = await compare(join(folder, log.file), log, scratch, noDuckdb === '');
    differences.push(...found.differences);
    const share = `${found.unfit} (${((100 * found.unfit) / found.lines).toFixed(1)} %)`;
    const equal = tools.map((tool) => found.equal[tool] ?? '');
    console.log(`| ${[log.file, log.parse[0], found.lines, share, found.questions, ...equal].join(' | ')} |`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
for (const difference of differences) console.log(`\n${difference}`);
process.exit(differences.length > 0 ? 1 : 0);
