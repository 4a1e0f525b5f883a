import { spawnSync } from 'node:child_process';

const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const found = (...commands) => commands.some(has);

/** Ends this process with a message if the build needs what this machine lacks. The message says how to install it. */
export function checkRequirements() {
  if (process.platform !== 'linux') {
    console.error(`plughost runs on Linux only; this is ${process.platform}`);
    process.exit(1);
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  const missing = [];
  // Those before cannot `require` an ES module.
  if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12))
    missing.push(`Node 20.19, 22.12 or later (this is ${process.versions.node}): install it from nodejs.org`);
  if (!has('cmake')) missing.push('CMake: apt-get install cmake');
  if (!found('c++', 'g++', 'clang++')) missing.push('a C++ compiler: apt-get install g++');
  if (!found('ninja', 'make')) missing.push('Ninja or make: apt-get install ninja-build');
  // cargo may be missing: the build then names the plugins that it leaves out.
  if (missing.length === 0) return;
  console.error(`plughost cannot be built; missing:\n${missing.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
}
