// Leaves the compiled form of dist/main.cjs beside it, with all functions that a run needs: it is made after one.
//
//   node scripts/compile.mjs ARGUMENT...     the arguments of a command that is run for this
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const filename = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
// A build with sanitizers is not for this Node.
delete process.env.PLUGHOST_BUILD;
const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), { filename });
process.on('exit', () => {
  // Renamed, so that nobody reads a part of it.
  writeFileSync(`${filename}.new`, script.createCachedData());
  renameSync(`${filename}.new`, `${filename}.compiled`);
});
script.runInThisContext()({}, createRequire(filename), {}, filename, dirname(filename));
