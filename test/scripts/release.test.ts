import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { bash, exec, plainEnvironment, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { blocksOf } from '../helpers/pages.js';

interface Publication {
  what: string;
  command: string[];
}
interface Tarball {
  file: string;
  manifest: { name: string };
  files: { path: string; size: number }[];
  faults: string[];
}
const from = (file: string) => import(join(ROOT, 'scripts/release', file));
const { VERSIONED, otherVersions, textsWithVersion, isVersion, isOlder } = await from('versions.mjs');
const { replaceFiles } = await from('replace-files.mjs');
const { releaseChangelog, notesOf } = await from('changelog.mjs');
const { readTarball } = (await from('tarball.mjs')) as { readTarball(file: string, root: string): Tarball };
const { publications } = (await from('publish.mjs')) as {
  publications(packages: { file: string; manifest: object }[], version: string, root: string): Publication[];
};

const scratch = makeScratch();
const SYSTEMS = ['linux-x64-gnu', 'linux-arm64-gnu', 'forms-linux-x64-gnu', 'forms-linux-arm64-gnu'];
/** The packages beside the main one. */
const OTHERS = [...SYSTEMS, 'source'];
const env = {
  ...plainEnvironment(),
  HOME: scratch,
  CARGO_HOME: process.env.CARGO_HOME ?? join(process.env.HOME ?? '', '.cargo'),
  RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(process.env.HOME ?? '', '.rustup'),
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};
const missing = [
  ['git', '--version'],
  ['npm', '--version'],
  ['cargo', '--version'],
].find(([program = '', flag = '']) => spawnSync(program, [flag]).status !== 0)?.[0];
const why = missing ? ` (skipped: ${missing} is missing)` : '';

/** Makes a repository with what the script reads, whose version is 0.1.0 and not released. */
function repository(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const path of ['scripts', 'LICENSE', '.gitignore', ...VERSIONED])
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  cpSync(join(ROOT, 'plugins-rust'), join(folder, 'plugins-rust'), { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## [Unreleased]\n\n### Added\n- it\n');
  replaceFiles(textsWithVersion(folder, '0.1.0'));
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'all'],
  ])
    execFileSync('git', args, { cwd: folder, env });
  return folder;
}

const release = async (folder: string, ...args: string[]) =>
  seen(await exec(process.execPath, [join(folder, 'scripts/release.mjs'), ...args], { cwd: folder, env }));

/** Packs a small package into build/package of a repository and returns the file. */
function pack(folder: string, manifest: object, files: Record<string, string> = {}): string {
  const place = join(folder, 'build/package/laid-out');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const all = { LICENSE: 'MIT\n', 'README.md': '# it\n', ...files, 'package.json': JSON.stringify(manifest) };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(place, path, '..'), { recursive: true });
    writeFileSync(join(place, path), text);
  }
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', '..'];
  return join(folder, 'build/package', execFileSync('npm', args, { cwd: place, env, encoding: 'utf8' }).trim());
}

const facts = (version: string) => ({
  version,
  license: 'MIT',
  repository: { type: 'git', url: 'git+https://github.com/plughost/plughost.git' },
});

function packAll(folder: string, version: string): void {
  for (const name of OTHERS) pack(folder, { name: `@plughost/${name}`, ...facts(version) }, { 'plugins/liba.so': 'a' });
  const optionalDependencies = Object.fromEntries(SYSTEMS.map((name) => [`@plughost/${name}`, version]));
  pack(folder, { name: 'plughost', ...facts(version), optionalDependencies }, { 'dist/index.js': 'export {};\n' });
}

test('the version is the same wherever it stands', () => {
  expect(otherVersions(ROOT)).toEqual([]);
});

test.each([
  ['0.1.0', '0.1.1'],
  ['0.9.0', '0.10.0'],
  ['1.0.0-rc.1', '1.0.0'],
  ['1.0.0-rc.2', '1.0.0-rc.10'],
  ['0.9.9', '1.0.0-rc.1'],
])('%s is older than %s', (one, other) => {
  expect([isOlder(one, other), isOlder(other, one), isOlder(one, one)]).toEqual([true, false, false]);
});

test.each(['1', '1.2', '01.2.3', 'v1.2.3', '1.2.3-', '1.2.3-01', '1.2.3-rc.', '1.2.3+4', '1.2.3 ', '../1.2.3'])(
  '%j is no version',
  (text) => {
    expect(isVersion(text)).toBe(false);
  },
);

describe('the changelog', () => {
  const text = '# Changelog\n\n## [Unreleased]\n\n### Added\n- b\n\n## [0.1.0] - 2026-01-02\n- a\n';

  it('gets a section with a date', () => {
    const made = releaseChangelog(text, '0.2.0', '2026-03-04');
    expect(made).toBe(
      '# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-03-04\n\n### Added\n- b\n\n## [0.1.0] - 2026-01-02\n- a\n',
    );
    expect([notesOf(made, '0.2.0'), notesOf(made, '0.1.0'), notesOf(made, '0.3.0')]).toEqual([
      '### Added\n- b',
      '- a',
      undefined,
    ]);
    expect(() => releaseChangelog(made, '0.3.0', '2026-03-04')).toThrow('says nothing under [Unreleased]');
  });

  it.each([
    ['# Changelog\n\n## [0.1.0] - 2026-01-02\n- a\n', 'has no section [Unreleased]'],
    ['# Changelog\n\n## [Unreleased]\n\n### Added\n\n### Fixed\n', 'says nothing under [Unreleased]'],
  ])('must say what is new: %j', (text, reason) => {
    expect(() => releaseChangelog(text, '0.2.0', '2026-03-04')).toThrow(`CHANGELOG.md ${reason}`);
  });

  it('has one section for a version', () => {
    expect(() => releaseChangelog(text, '0.1.0', '2026-03-04')).toThrow('has a section for 0.1.0 already');
  });
});

describe.skipIf(missing)(`a package${why}`, () => {
  const folder = join(scratch, 'packed');

  // It has the first line of a key, and no key.
  const WRITES_KEYS = 'export const pem = (key) => `-----BEGIN PRIVATE KEY-----\n` + key;\n';

  it('is read with its files', () => {
    const file = pack(folder, { name: 'plughost', ...facts('1.0.0') }, { 'dist/a.js': WRITES_KEYS });
    const { manifest, files, faults } = readTarball(file, '/somewhere');
    expect(manifest.name).toBe('plughost');
    expect(files.filter(({ path }) => path !== 'package.json')).toEqual([
      { path: 'LICENSE', size: 4 },
      { path: 'README.md', size: 5 },
      { path: 'dist/a.js', size: WRITES_KEYS.length },
    ]);
    expect(faults).toEqual([]);
  });

  it.each([
    ['a token', { 'a.js': `const t = 'npm_${'a1'.repeat(18)}';` }, 'a.js contains a token of npm'],
    [
      'a key',
      { 'docs/a.md': `-----BEGIN RSA PRIVATE KEY-----\n${'x+/Y'.repeat(16)}\n` },
      'docs/a.md contains a private key',
    ],
    [
      'a key with a password',
      { 'a.js': `-----BEGIN PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n\r\n${'MIIE'.repeat(16)}` },
      'a.js contains a private key',
    ],
    ['a place', { 'a.so': '\0/somewhere/src/a.c\0' }, 'a.so contains a path of this machine: /somewhere/'],
    ['a stray file', { 'dist/a.log': 'x' }, 'dist/a.log does not belong there'],
  ])('is refused for %s', (_, files, fault) => {
    const file = pack(folder, { name: 'plughost', ...facts('1.0.0') }, files);
    expect(readTarball(file, '/somewhere').faults).toEqual([`plughost-1.0.0.tgz: ${fault}`]);
  });

  it('is refused for a script that runs at install', () => {
    const file = pack(folder, { name: 'plughost', ...facts('1.0.0'), scripts: { install: 'true' } });
    expect(readTarball(file, '/somewhere').faults).toEqual([
      'plughost-1.0.0.tgz: package.json: it has a script install, which npm does not run unasked',
    ]);
  });
});

test('a version is written only where one is expected', () => {
  const folder = join(scratch, 'without-version');
  mkdirSync(join(folder, 'plugins-rust'), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', 'plugins-rust/Cargo.lock'])
    cpSync(join(ROOT, file), join(folder, file));
  writeFileSync(join(folder, 'plugins-rust/Cargo.toml'), '[workspace]\n');
  expect(() => textsWithVersion(folder, '0.2.0')).toThrow(
    'plugins-rust/Cargo.toml has no version where one is expected',
  );
});

test('what a release is made of is published in this order', () => {
  const packages = ['plughost', ...SYSTEMS.map((name) => `@plughost/${name}`)].map((name, i) => ({
    file: `${i}.tgz`,
    manifest: { name },
  }));
  expect(publications(packages, '1.0.0', '/p').map(({ command }) => command.join(' '))).toEqual([
    'npm publish 1.tgz --access public',
    'npm publish 2.tgz --access public',
    'npm publish 3.tgz --access public',
    'npm publish 4.tgz --access public',
    'npm publish 0.tgz --access public',
    'cargo publish --locked --package plughost',
  ]);
  const [first] = publications(packages, '1.0.0-rc.1', '/p');
  expect(first?.command.join(' ')).toBe('npm publish 1.tgz --access public --tag next');
});

describe.skipIf(missing)(`npm run release${why}`, () => {
  it('sets the version, and checks what would be published', { timeout: 240_000 }, async () => {
    const folder = repository('released');
    const [set, check] = blocksOf('docs/releasing.md').map(({ text }) => text.replace(/^ +/gm, ''));
    const before = await release(folder, 'check', '--no-tests', '--no-build');
    expect([before.status, before.stderr]).toEqual([
      1,
      'release: CHANGELOG.md has no section for 0.1.0: npm run release -- set 0.1.0\n',
    ]);
    const done = seen(await bash(`set -e; ${set}`, { cwd: folder, env }));
    expect({ status: done.status, stderr: done.stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version).toBe('1.0.0');
    expect(otherVersions(folder)).toEqual([]);
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' })).toBe('');
    // The commands that it printed are those of the page.
    for (const line of set?.trim().split('\n').slice(1) ?? []) expect(done.stdout).toContain(`  ${line}\n`);

    const nothing = await release(folder, 'check', '--no-tests', '--no-build');
    expect([nothing.status, nothing.stderr]).toEqual([
      1,
      [...OTHERS.map((name) => `plughost-${name}`), 'plughost']
        .map((name) => `release: ${folder}/build/package/${name}-1.0.0.tgz is missing\n`)
        .join(''),
    ]);

    packAll(folder, '1.0.0');
    const command = `${check?.trim()} --no-tests --no-build`;
    const { status, stdout, stderr } = seen(await bash(command, { cwd: folder, env }));
    expect([status, stderr.includes('release: ')], stderr).toEqual([0, false]);
    const packed = join(folder, 'build/package');
    expect(stdout).toContain(
      `\nThis would be published, in this order:\n${[
        ...OTHERS.map((name) => [`@plughost/${name} 1.0.0 on npm`, `plughost-${name}`]),
        ['plughost 1.0.0 on npm', 'plughost'],
      ]
        .map(([what, name]) => `  ${what}\n    npm publish ${packed}/${name}-1.0.0.tgz --access public\n`)
        .join('')}  plughost 1.0.0 on crates.io\n    cargo publish --locked --package plughost\n`,
    );
    const sums = spawnSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: packed, encoding: 'utf8' });
    expect([sums.status, sums.stdout.trim().split('\n').length]).toEqual([0, 6]);
    expect(readFileSync(join(packed, 'NOTES.md'), 'utf8')).toBe('### Added\n- it\n');
  });

  it('refuses what is not committed, and a version that is older or is none', async () => {
    const folder = repository('refused');
    expect(await release(folder, 'set', '0.0.9')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'release: 0.0.9 is older than 0.1.0\n',
    });
    expect((await release(folder, 'set', 'v1')).stderr).toMatch(/^release: v1 is not a version /);
    expect((await release(folder, 'help')).stderr).toBe('release: give set VERSION, check, or publish\n');
    expect((await release(folder, 'check', '--tests')).stderr).toMatch(/^release: Unknown option '--tests'/);
    expect((await release(folder, 'set')).stderr).toBe('release: give set VERSION, check, or publish\n');
    execFileSync('git', ['tag', 'v0.2.0'], { cwd: folder, env });
    expect((await release(folder, 'set', '0.2.0')).stderr).toBe('release: there is a tag v0.2.0 already\n');
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' })).toBe('');
    writeFileSync(join(folder, 'plugins-rust/Cargo.toml'), '[workspace.package]\nversion = "0.3.0"\n');
    expect((await release(folder, 'set', '1.0.0')).stderr).toBe(
      'release: the folder has changes that are not committed:\n   M plugins-rust/Cargo.toml\n',
    );
    expect((await release(folder, 'publish', '--no-tests')).stderr).toBe(
      [
        'plugins-rust/Cargo.toml has 0.3.0, and package.json 0.1.0',
        'the folder has changes that are not committed:\n   M plugins-rust/Cargo.toml',
        'CHANGELOG.md has no section for 0.1.0: npm run release -- set 0.1.0',
        'this commit has no tag v0.1.0',
      ]
        .map((line) => `release: ${line}\n`)
        .join(''),
    );
  });

  it('refuses packages that are damaged or lack a plugin', async () => {
    const folder = repository('damaged');
    await bash('set -e; node scripts/release.mjs set 0.1.0; git commit --quiet --all --message release', {
      cwd: folder,
      env,
    });
    packAll(folder, '0.1.0');
    const [system = ''] = SYSTEMS;
    const leftOut = { patterns: 'it needs Hyperscan', regex: 'it is written in Rust' };
    const file = pack(folder, { name: `@plughost/${system}`, ...facts('0.1.0'), leftOut });
    const check = () => release(folder, 'check', '--no-tests', '--no-build');
    expect((await check()).stderr).toBe(`release: ${file} leaves out the plugin regex: it is written in Rust\n`);
    writeFileSync(join(folder, 'build/package/SHA256SUMS'), 'of another version');
    truncateSync(file, 200);
    const { status, stderr } = await check();
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(`^release: plughost-${system}-0.1.0.tgz is no package, or is damaged: `),
    ]);
    expect(existsSync(join(folder, 'build/package/SHA256SUMS'))).toBe(false);
  });

  it('names the programs that it misses, before it builds anything', async () => {
    const folder = repository('without-tools');
    const bin = join(folder, 'build/bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['git', 'npm', 'tar', 'node']) {
      const path = execFileSync('which', [name], { encoding: 'utf8' }).trim();
      symlinkSync(path, join(bin, name));
    }
    const args = [join(folder, 'scripts/release.mjs'), 'check'];
    expect(seen(await exec(process.execPath, args, { cwd: folder, env: { ...env, PATH: bin } }))).toEqual({
      status: 1,
      stdout: '',
      stderr: 'release: missing: cargo, cmake, python3\n',
    });
  });

  it('publishes a package once', async () => {
    const folder = join(scratch, 'published');
    const file = pack(folder, { name: 'plughost', ...facts('1.0.0') });
    const requests: string[] = [];
    let integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
    const server = createServer((request, response) => {
      const isThere = requests.includes('PUT /plughost');
      if (request.method === 'PUT') requests.push(`PUT ${request.url}`);
      const versions = { '1.0.0': { version: '1.0.0', dist: { integrity } } };
      const found = { name: 'plughost', 'dist-tags': { latest: '1.0.0' }, versions };
      response.statusCode = request.method === 'PUT' ? 201 : isThere ? 200 : 404;
      request.resume().on('end', () => response.end(JSON.stringify(isThere ? found : {})));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const npmrc = join(folder, 'npmrc');
    writeFileSync(
      npmrc,
      `registry=http://127.0.0.1:${port}/\n//127.0.0.1:${port}/:_authToken=x\nupdate-notifier=false\n`,
    );
    const script = `import { publications, publish } from ${JSON.stringify(join(ROOT, 'scripts/release/publish.mjs'))};
      publish(publications([{ file: ${JSON.stringify(file)}, manifest: { name: 'plughost' } }], '1.0.0', '.')[0]);`;
    const once = () =>
      exec(process.execPath, ['--input-type=module', '-e', script], {
        cwd: folder,
        env: { ...env, npm_config_userconfig: npmrc },
      });
    try {
      const first = seen(await once());
      expect([first.status, first.stdout], first.stderr).toEqual([
        0,
        expect.stringContaining('publishing plughost 1.0.0 on npm\n'),
      ]);
      expect(seen(await once())).toMatchObject({ status: 0, stdout: 'plughost 1.0.0 on npm is there already\n' });
      integrity = 'sha512-other';
      const other = seen(await once());
      expect([other.status, other.stderr]).toEqual([
        1,
        expect.stringContaining(
          `plughost 1.0.0 on npm is there already, with other bytes than ${file}: make a new version`,
        ),
      ]);
      expect(requests).toEqual(['PUT /plughost']);
    } finally {
      server.close();
    }
  });
});
