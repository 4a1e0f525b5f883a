// Lays out the package of a system: addon, runner and plugins.
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './native.mjs';
import { nativeNotices } from './notices.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Plugins that cannot be built for every system, and why. `plughost list` says it. */
const REASONS = {
  patterns: 'it needs Hyperscan',
  regex: 'it is written in Rust, which cannot be compiled for this system yet',
  'greet-rust': 'it is written in Rust, which cannot be compiled for this system yet',
};

/**
 * Builds and lays out the package `@plughost/<name>` and returns its folder.
 * @param out where builds and packages are put
 */
export function layOutPlatform(name, target, { version, license, engines, repository }, out) {
  const build = join(out, 'native', name);
  buildNative(target, build);
  const folder = join(out, '@plughost', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'Release'), { recursive: true });
  for (const file of ['plughost.node', 'plughost-runner'])
    copyFileSync(join(build, 'Release', file), join(folder, 'Release', file));
  cpSync(join(build, 'plugins'), join(folder, 'plugins'), { recursive: true });
  const leftOut = Object.entries(REASONS).filter(([plugin]) => !existsSync(join(folder, `plugins/lib${plugin}.so`)));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'NOTICES.txt'), nativeNotices(target));
  const title = `The native parts of plughost for ${name}: addon, runner and plugins`;
  writeFileSync(join(folder, 'README.md'), `# @plughost/${name}\n\n${title}. The package \`plughost\` installs it.\n`);
  const manifest = {
    name: `@plughost/${name}`,
    version,
    description: title,
    license,
    repository,
    engines,
    ...target.manifest,
    // Yarn must not leave what the system opens in an archive.
    preferUnplugged: true,
    leftOut: Object.fromEntries(leftOut),
    exports: { './package.json': './package.json' },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return folder;
}
