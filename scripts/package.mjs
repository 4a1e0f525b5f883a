// Makes the packages of npm in build/package: `plughost`, `@plughost/source`, and two for each system, built by zig: one with addon, runner and
// plugins, and one with the adapters, which run other forms of plugins. Needs a built dist/ (npm run build), python3 and cargo.
//
//   npm run package                       all of them
//   npm run package -- linux-x64-gnu      the main package, the sources, and those of the named systems
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layOutMain } from './package/main.mjs';
import { layOutSource } from './package/source.mjs';
import { layOutSystem } from './package/system.mjs';
import { MAX_PACKED, TARGETS } from './package/targets.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build/package');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TARGETS);
const unknown = names.find((name) => !Object.hasOwn(TARGETS, name));
if (unknown) {
  console.error(`there is no package for ${unknown}; there are: ${Object.keys(TARGETS).join(', ')}`);
  process.exit(2);
}

/** Packs a folder into `out`, and prints how large the file is. A file that is too large is an error. */
function pack(folder, most) {
  const json = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
    cwd: folder,
    encoding: 'utf8',
  });
  const [{ filename, unpackedSize, entryCount }] = JSON.parse(json);
  const { size } = statSync(join(out, filename));
  const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;
  console.log(`${filename}: ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked, ${entryCount} files`);
  if (size <= most) return;
  console.error(`${filename} is too large: it may have ${kilobytes(most)}`);
  process.exitCode = 1;
}

mkdirSync(out, { recursive: true });
for (const name of names) {
  console.log(`building for ${name}`);
  const { platform, forms } = layOutSystem(name, TARGETS[name], manifest, out);
  pack(platform, MAX_PACKED.platform);
  pack(forms, MAX_PACKED.forms);
}
pack(layOutSource(manifest, out), MAX_PACKED.source);
pack(layOutMain(manifest, out), MAX_PACKED.main);
