// Builds addon, runner and plugins for another system with zig.
import { execFileSync, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rustCompiler } from './rust.mjs';
import { crossCompilers } from './tools.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds for a target, in the folder `out`: Release/ and plugins/ as in build/. */
export function buildNative({ zig, rust }, out) {
  const compilers = crossCompilers();
  const zigProgram = join(compilers, 'zig');
  const rustc = rust && rustCompiler(rust);
  const env = {
    ...process.env,
    PATH: `${process.env.PATH}${delimiter}${compilers}`,
    CARGO_ZIGBUILD_ZIG_PATH: zigProgram,
    ...(rustc && { RUSTC: rustc }),
    CARGO_PROFILE_RELEASE_STRIP: 'symbols',
    // The messages of panics name source files. They must not name folders of this machine.
    CARGO_ENCODED_RUSTFLAGS: [
      [process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'cargo'],
      [root.replace(/\/$/, ''), 'plughost'],
    ]
      .map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`)
      .join('\x1f'),
    // zig has a cache of its own, and ccache does not know it.
    CMAKE_C_COMPILER_LAUNCHER: '',
    CMAKE_CXX_COMPILER_LAUNCHER: '',
  };
  const settings = {
    CMAKE_BUILD_TYPE: 'Release',
    CMAKE_TOOLCHAIN_FILE: join(root, 'cmake/zig.cmake'),
    PLUGHOST_ZIG: zigProgram,
    PLUGHOST_TARGET: zig,
    PLUGHOST_RUST_TARGET: rust ?? '',
    PLUGHOST_BUNDLED: 'ON',
    PLUGHOST_TESTS: 'OFF',
    PLUGHOST_UNITY: 'ON',
  };
  const defined = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const generator = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
  execFileSync('cmake', [...generator, '-S', root, '-B', out, ...defined], {
    env,
    stdio: ['ignore', 2, 'inherit'],
  });
  execFileSync('cmake', ['--build', out, '--parallel', '2'], { env, stdio: ['ignore', 2, 'inherit'] });
}
