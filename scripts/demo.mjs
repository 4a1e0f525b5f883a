// Shows what plughost does, from a fresh clone on. Builds part after part, says what it does and for how long, and shows
// each part as soon as it is there: first the plugins in C, then runs of a log, at last what is written in Rust.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installArguments } from './npm-packages.mjs';
import { runProgram } from './program.mjs';
import { checkRequirements } from './requirements.mjs';
import { step } from './step.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const quoted = (arg) => (/^[\w./=-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`);

/** Prints a command and runs it. Ends the demo if it fails. */
function show(text, ...args) {
  console.log(`\n# ${text}\n$ ./bin/host.js ${args.map(quoted).join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(root, 'bin/host.js'), ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

checkRequirements();
console.log('plughost builds itself once, which takes some minutes, and shows each part as soon as it is there.\n');

const install = installArguments();
if (install) await step('Installing packages of npm', (onLine) => runProgram('npm ci', 'npm', install, onLine));
// These need packages of npm.
const { bundle, compile } = await import('./bundle.mjs');
const { writeGenerated } = await import('./generate/generated.mjs');
const { buildNative, configureNative, isFreshBuild } = await import('./native-build.mjs');

writeGenerated();
// A build from scratch takes half the time this way. An older one would begin from scratch.
const settings = isFreshBuild() ? ['--CDPLUGHOST_UNITY=ON'] : [];
const skipped = await step('Configuring the build', (onLine) => configureNative(settings, onLine));
await step('Building the command', () => bundle());
await step('Building the plugins in C', (onLine) => buildNative(['plughost_plugins_c'], onLine));
for (const sentence of skipped) console.log(`         ${sentence}`);

show('What there is by now: plugins that a C compiler made', 'list');
show('What the host knows of one before it runs any of its code', 'inspect', 'greet');

await step('Building the addon: loader and engine, in C++', (onLine) => buildNative(['plughost_addon'], onLine));

show('Load plugins written in C', 'load', 'greet', 'greet-direct');

const log = 'samples/access.log';
const failed = ['--filter', 'contains', '-p', 'text=" 404 '];
const robot = ['--filter', 'contains', '-p', 'text=Googlebot'];
show('What a robot asked for in vain, with line numbers', 'run', log, ...failed, ...robot, '-n');
show('The same as JSON', 'run', log, ...failed, ...robot, '--export', 'jsonl');

await step('Building the runner of isolated plugins', (onLine) => buildNative(['plughost_runner'], onLine));
await step('Compiling the command', () =>
  compile((...args) =>
    runProgram('compiling the command', process.execPath, [join(root, 'scripts/compile.mjs'), ...args]),
  ),
);

show('The same by plugins in processes of their own', 'run', log, ...failed, ...robot, '--isolate', '--count');

const COPIES = 400;
const folder = mkdtempSync(join(tmpdir(), 'plughost-demo-'));
try {
  const large = join(folder, 'access.log');
  const sample = readFileSync(join(root, log));
  writeFileSync(large, Buffer.concat(Array(COPIES).fill(sample)));
  show(`The sample ${COPIES} times over, and how fast`, 'run', large, ...failed, ...robot, '--count', '--stats');
} finally {
  rmSync(folder, { recursive: true });
}

console.log();
const withoutRust = skipped.find((sentence) => sentence.includes('plugins in Rust'));
if (withoutRust) {
  console.log(`Not shown: what is written in Rust. ${withoutRust}`);
} else {
  await step('Building the plugins in Rust', (onLine) => buildNative(['plughost_rust'], onLine));
  show('Load a plugin written in Rust', 'load', 'greet-rust');
  show(
    'What any robot asked for in vain, by a pattern',
    'run',
    log,
    '--filter',
    'regex',
    '-p',
    'pattern=" 4\\d\\d .*[Bb]ot',
  );
}
console.log(
  '\n./bin/host.js --help says more, and README.md shows a plugin in 15 lines. npm test builds the rest and tests it.',
);
