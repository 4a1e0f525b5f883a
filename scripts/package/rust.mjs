// Brings a compiler of Rust that can compile for another processor, where rustup has not installed one: Debian's, whose
// standard library is a package for each processor. Nothing of the system is changed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../build/tools/rust', import.meta.url));

/** What Debian calls the processors. */
const ARCHITECTURES = { 'x86_64-unknown-linux-gnu': 'amd64', 'aarch64-unknown-linux-gnu': 'arm64' };

/** Says whether a compiler has the standard library of a target. */
function hasLibrary(rustc, target) {
  const { status, stdout } = spawnSync(rustc, ['--print', 'target-libdir', '--target', target], { encoding: 'utf8' });
  return status === 0 && existsSync(stdout.trim());
}

/** Unpacks Debian's compiler and its standard library for an architecture into the folder: 130 MB to download. */
function unpack(architecture) {
  const packages = join(folder, 'apt');
  rmSync(folder, { recursive: true, force: true });
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(packages, part), { recursive: true });
  const own = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  const settings = [
    `APT::Architectures::=${own}`,
    `APT::Architectures::=${architecture}`,
    `Dir::State::Lists=${join(packages, 'lists')}`,
    `Dir::Cache=${join(packages, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  const apt = (...args) =>
    execFileSync('apt-get', ['-qq', ...settings, ...args], { cwd: packages, stdio: ['ignore', 2, 'inherit'] });
  /** Returns the name of a package that another one needs. */
  const needed = (name, pattern) => {
    const about = execFileSync('apt-cache', [...settings, 'show', '--no-all-versions', name], { encoding: 'utf8' });
    const found = about.match(/^Depends: .*$/m)?.[0].match(pattern)?.[0];
    if (found === undefined) throw new Error(`${name} needs no package like ${pattern}`);
    return found;
  };
  apt('update');
  const library = 'libstd-rust-web-dev';
  const runtime = needed(library, /libstd-rust-web-[\d.]+/);
  const llvm = needed(runtime, /libllvm[\d.]+/);
  apt('download', 'rustc-web', library, `${library}:${architecture}`, runtime, llvm);
  for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb')))
    execFileSync('dpkg', ['-x', join(packages, file), folder], { stdio: ['ignore', 2, 'inherit'] });
  rmSync(packages, { recursive: true });
}

/**
 * Returns the compiler for a target such as aarch64-unknown-linux-gnu.2.28, or undefined when there is none: the build
 * then leaves the plugins in Rust out and says so.
 */
export function rustCompiler(target) {
  const name = target.replace(/\.[0-9.]+$/, '');
  const usual = process.env.RUSTC ?? 'rustc';
  if (hasLibrary(usual, name)) return usual;
  const program = join(folder, 'rustc');
  if (hasLibrary(program, name)) return program;
  const architecture = ARCHITECTURES[name];
  if (architecture === undefined || spawnSync('apt-get', ['--version']).status !== 0) return undefined;
  console.error(`rustc has no standard library for ${name}; taking Debian's compiler`);
  try {
    unpack(architecture);
  } catch (error) {
    console.error(`cannot install Debian's compiler: ${error.message}`);
    return undefined;
  }
  writeFileSync(
    program,
    `#!/bin/sh\nexport LD_LIBRARY_PATH="$(echo '${folder}'/usr/lib/*-linux-gnu)"\nexec '${folder}/usr/bin/rustc' "$@"\n`,
    { mode: 0o755 },
  );
  return hasLibrary(program, name) ? program : undefined;
}
