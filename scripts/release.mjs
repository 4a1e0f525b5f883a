// Makes a release. docs/releasing.md describes it step by step.
//
//   npm run release -- set VERSION   writes the version and the changelog
//   npm run release -- check         packs this commit, checks it, and says what would be published; publishes nothing
//   npm run release -- publish       does the same, and publishes
//
//   --no-tests   leaves out the tests, which .ci/run has run on this commit
//   --no-build   takes the packages in build/package as they are
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TARGETS } from './package/targets.mjs';
import { notesOf, releaseChangelog } from './release/changelog.mjs';
import { publications, publish } from './release/publish.mjs';
import { checksumsOf, readTarball } from './release/tarball.mjs';
import { isOlder, isVersion, otherVersions, setVersion, versionOf } from './release/versions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const changelog = join(root, 'CHANGELOG.md');
const folder = join(root, 'build/package');

/** The linters of packages, in fixed versions. */
const LINTERS = [
  ['publint@0.3.25', '--strict'],
  // The package is a module only. `require` of it works in every Node that it runs in.
  ['@arethetypeswrong/cli@0.18.5', '--profile', 'esm-only'],
];

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

function fail(...reasons) {
  for (const reason of reasons) console.error(`release: ${reason}`);
  process.exit(1);
}

/** Runs a command with its output shown. Ends this process if it fails. */
function run(what, program, args, cwd = root) {
  console.log(`== ${what}`);
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  if (status !== 0) fail(`${what}: ${error?.message ?? `status ${status}`}`);
}

function set(version) {
  if (!isVersion(version)) fail(`${version} is not a version such as 1.2.3 or 1.2.3-rc.1`);
  const current = versionOf(root);
  if (isOlder(version, current)) fail(`${version} is older than ${current}`);
  if (git('status', '--porcelain') !== '') fail('the folder has changes that are not committed');
  let text;
  try {
    text = releaseChangelog(readFileSync(changelog, 'utf8'), version, new Date().toISOString().slice(0, 10));
  } catch (error) {
    fail(error.message);
  }
  writeFileSync(changelog, text);
  setVersion(root, version);
  console.log(`${version} is written. Look at it (git diff), then:`);
  console.log(`  git commit --all --message 'release: ${version}'`);
  console.log(`  git tag --annotate v${version} --message v${version}`);
}

/** Returns what keeps this commit from being released, before anything is built. */
function faultsOfCommit(version, isFinal) {
  const faults = otherVersions(root);
  if (git('status', '--porcelain') !== '') faults.push('the folder has changes that are not committed');
  if (notesOf(readFileSync(changelog, 'utf8'), version) === undefined)
    faults.push(`CHANGELOG.md has no section for ${version}: npm run release -- set ${version}`);
  if (isFinal && !git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`))
    faults.push(`this commit has no tag v${version}`);
  return faults;
}

/** Reads the packages, and returns them with what is wrong with them. */
function readPackages(version) {
  const names = [...Object.keys(TARGETS).map((name) => `plughost-${name}`), 'plughost'];
  const files = names.map((name) => join(folder, `${name}-${version}.tgz`));
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) return { packages: [], faults: missing.map((file) => `${file} is missing`) };
  const packages = files.map((file) => readTarball(file, root));
  const faults = packages.flatMap((one) => one.faults);
  const wanted = Object.fromEntries(Object.keys(TARGETS).map((name) => [`@plughost/${name}`, version]));
  const { optionalDependencies = {} } = packages.at(-1).manifest;
  if (JSON.stringify(optionalDependencies) !== JSON.stringify(wanted))
    faults.push('plughost does not ask for exactly the packages of systems of this version');
  for (const { file, manifest } of packages) {
    if (manifest.version !== version) faults.push(`${file} has version ${manifest.version}`);
    for (const field of ['license', 'repository']) if (!manifest[field]) faults.push(`${file} has no ${field}`);
  }
  return { packages, faults };
}

/** Says what a package contains: how much, and how much of it in each folder. */
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
}

function check({ tests, build, isFinal }) {
  const version = versionOf(root);
  const faults = faultsOfCommit(version, isFinal);
  if (faults.length > 0) fail(...faults);
  if (tests) run('tests', join(root, '.ci/run'), ['setup', 'check', 'tests', 'rust']);
  if (build) {
    run('the build', process.execPath, ['scripts/setup.mjs']);
    run('the packages', process.execPath, ['scripts/package.mjs']);
  }
  const { packages, faults: wrong } = readPackages(version);
  if (wrong.length > 0) fail(...wrong);
  if (build) {
    const main = packages.at(-1).file;
    for (const [linter, ...flags] of LINTERS) run(linter, 'npm', ['exec', '--yes', '--', linter, main, ...flags]);
  }
  run('the crate', 'cargo', ['publish', '--dry-run', '--locked', '--package', 'plughost'], join(root, 'plugins-rust'));
  writeFileSync(join(folder, 'SHA256SUMS'), checksumsOf(packages.map(({ file }) => file)));
  writeFileSync(join(folder, 'NOTES.md'), `${notesOf(readFileSync(changelog, 'utf8'), version)}\n`);
  console.log(`\nIn ${folder}, with SHA256SUMS, and the section of the changelog in NOTES.md:`);
  for (const one of packages) describePackage(one);
  return publications(packages, version, root);
}

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
  try {
    for (const one of check({ ...settings, isFinal: true })) publish(one);
  } catch (error) {
    fail(error.message);
  }
} else {
  fail('give set VERSION, check, or publish');
}
