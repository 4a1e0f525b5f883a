// Shows what plughost does: sets everything up, loads the greeting plugins, runs a log through native plugins, and prints
// the speed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

console.log('Setting up …');
const setup = spawnSync(process.execPath, [join(root, 'scripts/setup.mjs')], { cwd: root, stdio: 'inherit' });
if (setup.status !== 0) process.exit(setup.status ?? 1);

/** Prints a command and runs it. Ends the demo if it fails. */
function show(text, ...args) {
  console.log(`\n# ${text}\n$ ./bin/host.js ${args.map(quoted).join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(root, 'bin/host.js'), ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const quoted = (arg) => (/^[\w./=-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`);
const library = (name) => `build/plugins/lib${name}${{ darwin: '.dylib', win32: '.dll' }[process.platform] ?? '.so'}`;
const present = (name) => existsSync(join(root, library(name)));

show('Load plugins written in C and Rust', 'load', ...['greet', 'greet-rust'].filter(present).map(library));

const log = 'samples/access.log';
const missing = present('regex')
  ? ['--filter', 'regex', '-p', 'pattern=" 4\\d\\d .*[Bb]ot']
  : ['--filter', 'contains', '-p', 'text=" 404 '];
show('What robots asked for in vain', 'run', log, ...missing);
const withoutOne = ['-v', '--filter', 'contains', '-p', 'text=googlebot', '-p', 'ignoreCase=true'];
show('The same without one of the robots, as JSON', 'run', log, ...missing, ...withoutOne, '--export', 'jsonl');

const COPIES = 400;
const folder = mkdtempSync(join(tmpdir(), 'plughost-demo-'));
try {
  const large = join(folder, 'access.log');
  const sample = readFileSync(join(root, log));
  writeFileSync(large, Buffer.concat(Array(COPIES).fill(sample)));
  show(
    `The sample ${COPIES} times over: how many of them, and how fast`,
    'run',
    large,
    ...missing,
    '--count',
    '--stats',
  );
} finally {
  rmSync(folder, { recursive: true });
}
