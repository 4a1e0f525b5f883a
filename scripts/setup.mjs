// Prepares a fresh clone: checks for the tools, installs the packages, builds. Needs only Node.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installArguments } from './npm-packages.mjs';
import { checkRequirements } from './requirements.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

checkRequirements();

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const install = installArguments();
if (install) run('npm', install);
run(process.execPath, [`${root}/scripts/build.mjs`, ...process.argv.slice(2)]);
