// Runs the command once and writes the compiled form of dist/main.cjs beside it, with all functions that the run used.
//
//   node scripts/compile.mjs ARGUMENT...     the arguments of the command to run
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const filename = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
// This Node cannot load an addon that was built with sanitizers.
delete process.env.PLUGHOST_BUILD;
const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), { filename });
process.on('exit', () => {
  // Renames the complete file, so that no process reads a part of it.
  writeFileSync(`${filename}.new`, script.createCachedData());
  renameSync(`${filename}.new`, `${filename}.compiled`);
});
script.runInThisContext()({}, createRequire(filename), {}, filename, dirname(filename));
