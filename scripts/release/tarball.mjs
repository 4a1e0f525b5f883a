// What a packed package contains, and what it must not contain.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';

/** Files that are in a folder by accident. */
const STRAY = /(^|\/)(\.env.*|\.npmrc|\.netrc|\.git|node_modules|core|.*\.(pem|key|p12|tgz|log|orig|swp))(\/|$)/;

/** How secrets look. */
const SECRETS = [
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a token of GitHub', /\b(gh[opusr]_[A-Za-z0-9]{36}|github_pat_\w{60,})\b/],
  ['a token of crates.io', /\bcio[A-Za-z0-9]{32}\b/],
  ['a key of AWS', /\bAKIA[0-9A-Z]{16}\b/],
  // With a line of it: code that writes keys has the first line alone. A key with a password has fields before that line.
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n([\w-]+: .*\r?\n|\r?\n)*[\w+/]{16}/],
  ['an entry of .npmrc', /:_auth(Token)?=\S/],
];

/** What every package must have. */
const NEEDED = ['package.json', 'README.md', 'LICENSE'];

/**
 * Reads a package that `npm pack` made.
 * @param root the folder that it was made in, whose path must not be in it
 * @returns its manifest, its files with their sizes, and what is wrong with it
 * @throws Error if it is no such package, or is damaged
 */
export function readTarball(file, root) {
  const folder = mkdtempSync(join(tmpdir(), 'plughost-tarball-'));
  try {
    execFileSync('tar', ['-xzf', file, '-C', folder], { stdio: 'pipe' });
    const top = join(folder, 'package');
    const files = readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(top, join(entry.parentPath, entry.name)))
      .sort();
    const faults = NEEDED.filter((name) => !files.includes(name)).map((name) => `${name} is missing`);
    const sizes = files.map((path) => {
      const bytes = readFileSync(join(top, path));
      faults.push(...faultsOf(path, bytes, root));
      return { path, size: bytes.length };
    });
    const manifest = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
    for (const name of ['preinstall', 'install', 'postinstall']) {
      if (manifest.scripts?.[name])
        faults.push(`package.json: it has a script ${name}, which npm does not run unasked`);
    }
    return { file, manifest, files: sizes, faults: faults.map((fault) => `${basename(file)}: ${fault}`) };
  } catch (error) {
    throw new Error(
      `${basename(file)} is no package, or is damaged: ${(error.stderr ?? error.message).toString().trim()}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function faultsOf(path, bytes, root) {
  const faults = STRAY.test(path) ? [`${path} does not belong there`] : [];
  // Latin-1, because the file may be a library, and every byte is one character.
  const text = bytes.toString('latin1');
  for (const [what, pattern] of SECRETS) if (pattern.test(text)) faults.push(`${path} contains ${what}`);
  for (const place of new Set([root, homedir()].map((one) => `${one.replace(/\/+$/, '')}/`))) {
    if (place !== '/' && text.includes(place)) faults.push(`${path} contains a path of this machine: ${place}`);
  }
  return faults;
}

/** Returns the lines of SHA256SUMS for these files, as `sha256sum --check` reads them. */
export const checksumsOf = (files) =>
  files.map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}\n`).join('');
