import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { FILES, noClone } from '../helpers/pages.js';
import { noPackages, tarball } from './packed.js';

/** What the build reads, without tests and fuzzers, and without a link to the license, which npm leaves out. */
const SOURCES = /^(CMakeLists\.txt$|(native|plugins-c|plugins-rust|cmake)\/)/;
const LEFT_OUT = /^(native\/fuzz|plugins-c\/fuzz|plugins-c\/test)\/|\/\.gitignore$|\/LICENSE$/;

it.skipIf(noPackages || noClone)(`the package has every source${noPackages || (noClone ?? '')}`, () => {
  const packed = execFileSync('tar', ['-tzf', tarball()], { encoding: 'utf8' }).split('\n');
  const wanted = FILES.filter((file) => SOURCES.test(file) && !LEFT_OUT.test(file));
  expect(wanted.length).toBeGreaterThan(100);
  expect(wanted.filter((file) => !packed.includes(`package/${file}`))).toEqual([]);
});
