// Runs a file of the command once, as bin/host.js does, and writes its compiled form beside it, with all functions that
// the run used. The form ends with the last line of the file: bin/host.js knows by it that the two belong together.
//
//   node scripts/compile.mjs FILE ARGUMENT...     the arguments of the command to run
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

const [filename] = process.argv.splice(2, 1);
// This Node cannot load an addon that was built with sanitizers.
delete process.env.PLUGHOST_BUILD;
const text = readFileSync(filename, 'latin1');
const script = new Script(text, { filename });
process.on('exit', () => {
  const signature = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
  // Renames the complete file, so that no process reads a part of it.
  writeFileSync(`${filename}.new`, Buffer.concat([script.createCachedData(), Buffer.from(signature)]));
  renameSync(`${filename}.new`, `${filename}.compiled`);
});
script.runInThisContext()(createRequire(filename), filename, dirname(filename));
