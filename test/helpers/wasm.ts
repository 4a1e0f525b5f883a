import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn, ROOT } from '../e2e/command.js';

/** Why tests that compile a module are skipped, for their titles. Empty if they run. */
export const withoutZig = spawnSync('zig', ['version']).error ? ' (skipped: zig is not installed)' : '';

/** The same for tests that also run a module. */
export const withoutWasm = existsSync(builtIn('wasm'))
  ? withoutZig
  : ' (skipped: the adapter of modules is not built: npm run build -- --CDPLUGHOST_WASM=ON)';

/**
 * Compiles C files to `<name>.wasm` in the folder, as docs/forms/wasm.md says, and returns its path.
 * @param sources paths in the project, or texts of C
 */
export function compileWasm(folder: string, name: string, sources: readonly string[], flags: string[] = []): string {
  const module = join(folder, `${name}.wasm`);
  const files = sources.map((source, i) => {
    if (!source.includes('\n')) return join(ROOT, source);
    const file = join(folder, `${name}-${i}.c`);
    writeFileSync(file, source);
    return file;
  });
  const wanted = ['-target', 'wasm32-wasi', '-mexec-model=reactor', '-O3', '-msimd128', '-s', '-w'];
  const linked = ['-Wl,--export=plug_manifest', '-Wl,-z,stack-size=65536'];
  const folders = ['-I', join(ROOT, 'native/include'), '-I', join(ROOT, 'native')];
  const shim = join(ROOT, 'native/include/plughost/wasm/module.c');
  execFileSync('zig', ['cc', ...wanted, ...linked, ...folders, ...flags, '-o', module, ...files, shim], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return module;
}
