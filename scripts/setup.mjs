// Prepares a fresh clone: checks for the tools, installs the packages, builds. Needs only Node.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const found = (...commands) => commands.some(has);

const [major, minor] = process.versions.node.split('.').map(Number);
const missing = [];
if (process.platform !== 'linux') {
  console.error(`plughost runs on Linux only; this is ${process.platform}`);
  process.exit(1);
}
if (major < 20 || (major === 20 && minor < 19))
  missing.push(`Node 20.19 or later (this is ${process.versions.node}): install it from nodejs.org`);
if (!has('cmake')) missing.push('CMake: apt-get install cmake');
if (!found('c++', 'g++', 'clang++')) missing.push('a C++ compiler: apt-get install g++');
if (!found('ninja', 'make')) missing.push('Ninja or make: apt-get install ninja-build');
if (missing.length > 0) {
  console.error(`plughost cannot be built; missing:\n${missing.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
}
// cargo may be missing: the build then names the plugins that it leaves out.

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const installed = `${root}/node_modules/.package-lock.json`;
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(`${root}/package-lock.json`).mtimeMs) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
run(process.execPath, [`${root}/scripts/build.mjs`, ...process.argv.slice(2)]);
