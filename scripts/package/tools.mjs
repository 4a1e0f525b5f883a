// Brings the cross compilers into build/tools: zig, and cargo-zigbuild, which makes cargo link with it. Both come from
// PyPI, in these versions, because no distribution that we know of has them.
//
//   node scripts/package/tools.mjs     prints the folder of the programs
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['ziglang==0.17.1', 'cargo-zigbuild==0.24.1'];
const folder = fileURLToPath(new URL('../../build/tools', import.meta.url));
const bin = join(folder, 'bin');

/** Returns the folder of `zig` and `cargo-zigbuild`. The first call installs them, which needs python3 and a network. */
export function crossCompilers() {
  const installed = join(folder, 'installed.txt');
  const wanted = PACKAGES.join('\n');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return bin;
  mkdirSync(folder, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 2, 'inherit'] });
  const python = join(bin, 'python');
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], {
    stdio: ['ignore', 2, 'inherit'],
  });
  const program = 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))';
  const zig = execFileSync(python, ['-c', program], { encoding: 'utf8' }).trim();
  rmSync(join(bin, 'zig'), { force: true });
  symlinkSync(zig, join(bin, 'zig'));
  writeFileSync(installed, wanted);
  return bin;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(crossCompilers());
