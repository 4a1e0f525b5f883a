// Makes a release. docs/releasing.md describes it step by step.
//
//   npm run release -- set VERSION   writes the version and the changelog
//   npm run release -- check         packs this commit, checks it, and says what would be published; publishes nothing
//   npm run release -- publish       does the same, and publishes
//
//   --no-tests   leaves out the tests, which .ci/run has run on this commit
//   --no-build   takes the packages in build/package as they are
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LINTERS, npmTool } from './package/npm-tools.mjs';
import { SYSTEM_PACKAGES } from './package/targets.mjs';
import { notesOf, releaseChangelog } from './release/changelog.mjs';
import { publications, publish } from './release/publish.mjs';
import { replaceFiles } from './release/replace-files.mjs';
import { checksumsOf, readTarball } from './release/tarball.mjs';
import { isOlder, isVersion, otherVersions, textsWithVersion, versionOf } from './release/versions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const changelog = join(root, 'CHANGELOG.md');
const folder = join(root, 'build/package');

/** What check leaves in the folder only when it has found no fault. */
const SUMS = join(folder, 'SHA256SUMS');
const NOTES = join(folder, 'NOTES.md');

/** The plugins and adapters that no package contains; scripts/package/system.mjs says why. */
const IN_NO_PACKAGE = ['patterns', 'wasm'];

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd();

function fail(...reasons) {
  for (const reason of reasons) console.error(`release: ${reason}`);
  process.exit(1);
}

/** Runs a command with its output shown. Ends this process if it fails. */
function run(what, program, args, cwd = root) {
  console.log(`== ${what}`);
  const { status, signal, error } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  if (status !== 0) fail(`${what}: ${error?.message ?? signal ?? `status ${status}`}`);
}

/** Ends this process if a program is missing, before anything is built. */
function needTools(...names) {
  const missing = names.filter((name) => spawnSync(name, ['--version']).error);
  if (missing.length > 0) fail(`missing: ${missing.join(', ')}`);
}

/** Returns the changes that are not committed, as a fault, or nothing. */
function uncommitted() {
  const changes = git('status', '--porcelain');
  if (changes === '') return [];
  return [`the folder has changes that are not committed:\n${changes.replace(/^/gm, '  ')}`];
}

function set(version) {
  needTools('git');
  const current = versionOf(root);
  for (const one of [version, current])
    if (!isVersion(one)) fail(`${one} is not a version such as 1.2.3 or 1.2.3-rc.1`);
  if (isOlder(version, current)) fail(`${version} is older than ${current}`);
  if (git('tag', '--list', `v${version}`) !== '') fail(`there is a tag v${version} already`);
  const changes = uncommitted();
  if (changes.length > 0) fail(...changes);
  const text = releaseChangelog(readFileSync(changelog, 'utf8'), version, new Date().toISOString().slice(0, 10));
  replaceFiles(new Map([[changelog, text], ...textsWithVersion(root, version)]));
  console.log(`${version} is written. Look at it (git diff), then:`);
  console.log(`  git commit --all --message 'release: ${version}'`);
  console.log(`  git tag --annotate v${version} --message v${version}`);
}

/** Returns what keeps this commit from being released, before anything is built. */
function faultsOfCommit(version, isFinal) {
  const faults = [...otherVersions(root), ...uncommitted()];
  if (!notesOf(readFileSync(changelog, 'utf8'), version))
    faults.push(`CHANGELOG.md has no section for ${version}: npm run release -- set ${version}`);
  if (isFinal && !git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`))
    faults.push(`this commit has no tag v${version}`);
  return faults;
}

/** Reads the packages, and returns them with what is wrong with them. */
function readPackages(version) {
  const names = [...SYSTEM_PACKAGES.map((name) => `plughost-${name}`), 'plughost-source', 'plughost'];
  const files = names.map((name) => join(folder, `${name}-${version}.tgz`));
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) return { packages: [], faults: missing.map((file) => `${file} is missing`) };
  const packages = files.map((file) => readTarball(file, root));
  const faults = packages.flatMap((one) => one.faults);
  const wanted = Object.fromEntries(SYSTEM_PACKAGES.map((name) => [`@plughost/${name}`, version]));
  const { optionalDependencies = {} } = packages.at(-1).manifest;
  if (JSON.stringify(optionalDependencies) !== JSON.stringify(wanted))
    faults.push('plughost does not ask for exactly the packages of systems of this version');
  for (const { file, manifest } of packages) {
    if (manifest.version !== version) faults.push(`${file} has version ${manifest.version}`);
    for (const field of ['license', 'repository']) if (!manifest[field]) faults.push(`${file} has no ${field}`);
    // A compiler that is missing leaves plugins out, and the build goes on.
    const lost = Object.entries(manifest.leftOut ?? {}).filter(([name]) => !IN_NO_PACKAGE.includes(name));
    for (const [name, reason] of lost) faults.push(`${file} leaves out the plugin ${name}: ${reason}`);
  }
  return { packages, faults };
}

/** Says what a package contains: how much, how much of it in each folder, and which plugins it leaves out. */
function describePackage({ file, manifest, files }) {
  const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;
  const folders = new Map();
  let whole = 0;
  for (const { path, size } of files) {
    const top = path.includes('/') ? `${path.split('/')[0]}/` : path;
    folders.set(top, (folders.get(top) ?? 0) + size);
    whole += size;
  }
  console.log(
    `${manifest.name} ${manifest.version}: ${kilobytes(statSync(file).size)} packed, ${kilobytes(whole)} in ${files.length} files`,
  );
  for (const [name, size] of folders) console.log(`  ${kilobytes(size).padStart(8)}  ${name}`);
  for (const [name, reason] of Object.entries(manifest.leftOut ?? {})) console.log(`  without ${name}: ${reason}`);
}

function check({ tests, build, isFinal }) {
  needTools('git', 'npm', 'tar', 'cargo', ...(build ? ['cmake', 'python3'] : []));
  const version = versionOf(root);
  const faults = faultsOfCommit(version, isFinal);
  if (faults.length > 0) fail(...faults);
  for (const file of [SUMS, NOTES]) rmSync(file, { force: true });
  const ci = join(root, '.ci/run');
  if (tests) run('the build', ci, ['setup']);
  else if (build) run('the build', process.execPath, ['scripts/setup.mjs']);
  if (build) run('the packages', process.execPath, ['scripts/package.mjs']);
  // Some of them install the packages.
  if (tests) run('the tests', ci, ['check', 'tests', 'rust']);
  const { packages, faults: wrong } = readPackages(version);
  if (wrong.length > 0) fail(...wrong);
  if (build) {
    const main = packages.at(-1).file;
    for (const [linter, argumentsFor] of Object.entries(LINTERS)) run(linter, npmTool(linter), argumentsFor(main));
  }
  run('the crate', 'cargo', ['publish', '--dry-run', '--locked', '--package', 'plughost'], join(root, 'plugins-rust'));
  // A build that writes files of the project has packed what is not committed.
  const changes = uncommitted();
  if (changes.length > 0) fail(...changes);
  writeFileSync(SUMS, checksumsOf(packages.map(({ file }) => file)));
  writeFileSync(NOTES, `${notesOf(readFileSync(changelog, 'utf8'), version)}\n`);
  console.log(`\nIn ${folder}, with SHA256SUMS, and the section of the changelog in NOTES.md:`);
  for (const one of packages) describePackage(one);
  return publications(packages, version, root);
}

function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { 'no-tests': { type: 'boolean' }, 'no-build': { type: 'boolean' } },
  });
  const [verb, version, ...more] = positionals;
  const settings = { tests: !values['no-tests'], build: !values['no-build'] };
  if (verb === 'set' && version !== undefined && more.length === 0) {
    set(version);
  } else if (verb === 'check' && version === undefined) {
    const commands = check({ ...settings, isFinal: false });
    console.log('\nThis would be published, in this order:');
    for (const { what, command } of commands) console.log(`  ${what}\n    ${command.join(' ')}`);
  } else if (verb === 'publish' && version === undefined) {
    for (const one of check({ ...settings, isFinal: true })) publish(one);
  } else {
    fail('give set VERSION, check, or publish');
  }
}

try {
  main();
} catch (error) {
  fail(error.message);
}
