// The version stands in package.json. What cannot read it there repeats it, and is written and compared here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the version is repeated. The pattern has what stands before the version, the version, and what stands after it. */
const PLACES = [
  { file: 'package.json', pattern: /^( {2}"version": ")([^"]*)(")/m },
  { file: 'package-lock.json', pattern: /^( {2}"version": ")([^"]*)(")/m },
  { file: 'package-lock.json', pattern: /^( {4}"": \{\n {6}"name": "plughost",\n {6}"version": ")([^"]*)(")/m },
  { file: 'plugins-rust/Cargo.toml', pattern: /(\[workspace\.package\]\nversion = ")([^"]*)(")/ },
  // The crates of the workspace: those that come from nowhere else.
  { file: 'plugins-rust/Cargo.lock', pattern: /(\[\[package\]\]\nname = "[^"]*"\nversion = ")([^"]*)("\n(?!source))/g },
  // Crates outside of the workspace that depend on the SDK.
  ...['test/misbehaving/rust/Cargo.lock', 'plugins-rust/wasm/Cargo.lock'].map((file) => ({
    file,
    pattern: /(\[\[package\]\]\nname = "plughost"\nversion = ")([^"]*)("\n(?!source))/,
  })),
  ...['plugins-python/plughost', 'python/plughost_spark'].map((folder) => ({
    file: `${folder}/pyproject.toml`,
    pattern: /^(version = ")([^"]*)(")/m,
  })),
];

/** The files in which the version stands. */
export const VERSIONED = [...new Set(PLACES.map(({ file }) => file))];

/** Returns the version of the project in this folder. */
export const versionOf = (root) => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

/** Returns the files that have another version than package.json, or none, each with what it has. */
export function otherVersions(root) {
  const version = versionOf(root);
  return PLACES.flatMap(({ file, pattern }) => {
    const text = readFileSync(join(root, file), 'utf8');
    const found = [...text.matchAll(new RegExp(pattern, 'gm'))].map(([, , one]) => one);
    if (found.length === 0) return [`${file} has no version where one is expected`];
    const others = [...new Set(found.filter((one) => one !== version))];
    return others.map((one) => `${file} has ${one}, and package.json ${version}`);
  });
}

/**
 * Returns the files in which the version stands, by their paths, with the texts that have this one.
 * @throws Error if a file has no version where one is expected
 */
export function textsWithVersion(root, version) {
  const texts = new Map();
  for (const { file, pattern } of PLACES) {
    const path = join(root, file);
    const text = texts.get(path) ?? readFileSync(path, 'utf8');
    if (text.search(pattern) < 0) throw new Error(`${file} has no version where one is expected`);
    texts.set(
      path,
      text.replace(pattern, (_, before, __, after) => before + version + after),
    );
  }
  return texts;
}

const NUMBER = '(?:0|[1-9]\\d*)';
const WORD = `(?:${NUMBER}|\\d*[a-z][0-9a-z]*)`;
/** A version as npm and cargo both take it: 1.2.3, or 1.2.3-rc.1. */
const VERSION = new RegExp(`^(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(-${WORD}(?:\\.${WORD})*)?$`);

export const isVersion = (text) => VERSION.test(text);

/** Returns whether the first version is older than the second one. One with a suffix is older than the one without. */
export function isOlder(one, other) {
  const [[numbers, suffix], [otherNumbers, otherSuffix]] = [one, other].map((version) => {
    const [, major, minor, patch, end = ''] = VERSION.exec(version);
    return [[major, minor, patch].map(Number), end];
  });
  const at = numbers.findIndex((number, i) => number !== otherNumbers[i]);
  if (at >= 0) return numbers[at] < otherNumbers[at];
  if (suffix === '' || otherSuffix === '') return suffix !== '' && otherSuffix === '';
  return suffix.localeCompare(otherSuffix, 'en', { numeric: true }) < 0;
}
