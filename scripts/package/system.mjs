// Lays out the two packages of a system from one build. One has addon, runner and plugins. The other one has what is large: the
// adapters, which run the other forms of plugins, and plugins that have a copy of Rust's standard library each.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './native.mjs';
import { nativeNotices } from './notices.mjs';
import { formsOf } from './targets.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const crates = join(root, 'plugins-rust');

const WITHOUT_RUST = 'it is written in Rust, which cannot be compiled for this system yet';

/** Plugins that cannot be built for every system, and why. `plughost list` says it. */
const PLUGINS = {
  patterns: 'it needs Hyperscan',
  json: WITHOUT_RUST,
  regex: WITHOUT_RUST,
  where: WITHOUT_RUST,
  'greet-rust': WITHOUT_RUST,
};

/** The plugins that are in the second package. The first one has their names, so that the host can say where they are. */
const FURTHER = ['greet-rust', 'json', 'where'];

/** The adapters, by what their manifests say, and why one may be missing. `plughost load` says it. */
const ADAPTERS = Object.fromEntries(
  readdirSync(crates)
    .filter((name) => isAdapter(join(crates, name, 'src/manifest.json')))
    .map((name) => [name, name === 'wasm' ? 'it is larger than all other parts together' : WITHOUT_RUST]),
);

function isAdapter(manifest) {
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).adapter !== undefined;
}

/**
 * Builds for a system, and lays out its packages.
 * @param about what the project's package.json says
 * @param out where builds and packages are put
 * @returns the folders of the packages
 */
export function layOutSystem(name, target, about, out) {
  const build = join(out, 'native', name);
  buildNative(target, build);
  const libraries = readdirSync(join(build, 'plugins'));
  const built = libraries.map((file) => file.replace(/^lib|\.so$/g, ''));
  const isFurther = (one) => one in ADAPTERS || FURTHER.includes(one);
  const [further, plugins] = [true, false].map((wanted) => built.filter((one) => isFurther(one) === wanted));
  const layOut = (end, title, programs, contained, reasons, fields = {}) => {
    const folder = join(out, '@plughost', end);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const files = [...programs.map((file) => `Release/${file}`), ...contained.map((one) => `plugins/lib${one}.so`)];
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      copyFileSync(join(build, file), join(folder, file));
    }
    const leftOut = Object.fromEntries(Object.entries(reasons).filter(([one]) => !built.includes(one)));
    writeFileSync(join(folder, 'NOTICES.txt'), nativeNotices(target, contained, programs.length > 0));
    describe(folder, `@plughost/${end}`, title, { ...target.manifest, leftOut, ...fields }, about);
    return folder;
  };
  const programs = ['plughost.node', 'plughost-runner'];
  const ofPlatform = `The native parts of plughost for ${name}: addon, runner and plugins`;
  const ofForms = `The adapters of plughost for ${name}, which run rules, scripts and other forms of plugins, and further plugins`;
  return {
    platform: layOut(name, ofPlatform, programs, plugins, PLUGINS, {
      further: FURTHER.filter((one) => built.includes(one)),
    }),
    forms: layOut(formsOf(name), ofForms, [], further, ADAPTERS),
  };
}

/** Writes what every package of a system has beside its libraries. */
function describe(folder, name, title, fields, { version, license, engines, repository }) {
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'README.md'), `# ${name}\n\n${title}. The package \`plughost\` installs it.\n`);
  const manifest = {
    name,
    version,
    description: title,
    license,
    repository,
    engines,
    ...fields,
    // Yarn must not leave what the system opens in an archive.
    preferUnplugged: true,
    exports: { './package.json': './package.json' },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
