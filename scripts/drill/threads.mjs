// Runs the tests of rows, of their states and of runners that are killed, with the host, its runner and the plugins in C
// built with ThreadSanitizer (GCC's, in build/tsan), and prints every data race that it sees in any of their processes.
//   npm run drill:threads -- [TEST...]
// TESTs are files or folders of tests, others than these. Ends with status 1 after a race or a failure of a test.
//
// Node and the plugins in Rust are not instrumented: what they do with memory is not looked at, but their locks count. A
// sandboxed runner cannot write a report, so tests of the sandbox are not among these.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TESTS = ['test/e2e/rows', 'test/e2e/isolation/killed', 'test/pipeline/rows'];

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = join(root, 'build/tsan');
const tests = process.argv.length > 2 ? process.argv.slice(2) : TESTS;

function run(command, args, env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) throw error;
  return status === 0;
}

const settings = ['--CDPLUGHOST_SANITIZE=thread', '--CDPLUGHOST_UNITY=ON'];
// cargo finds the plugins in Rust that the other build has made.
const target = join(root, 'build/plugins-rust/target');
if (!run(process.execPath, ['scripts/build.mjs', ...settings], { PLUGHOST_BUILD: build, CARGO_TARGET_DIR: target }))
  process.exit(1);

const library = (name) => execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
const folder = mkdtempSync(join(tmpdir(), 'plughost-races-'));
try {
  // A process with a race goes on and ends as it would have, so that tests see what they expect. All take longer.
  const passed = run(process.execPath, ['node_modules/.bin/vitest', 'run', '--testTimeout=600000', ...tests], {
    PLUGHOST_BUILD: build,
    LD_PRELOAD: `${library('libtsan.so')} ${library('libstdc++.so')}`,
    TSAN_OPTIONS: `ignore_noninstrumented_modules=1 exitcode=0 log_path=${join(folder, 'process')}`,
  });
  const reports = new Map();
  for (const name of readdirSync(folder)) {
    for (const report of readFileSync(join(folder, name), 'utf8').split(/^=+\n/m)) {
      const summary = /^SUMMARY: .*/m.exec(report)?.[0];
      if (summary && !reports.has(summary)) reports.set(summary, report);
    }
  }
  for (const report of reports.values()) console.log(report);
  console.log(`${reports.size} different races, in ${readdirSync(folder).length} processes`);
  if (!passed || reports.size > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
