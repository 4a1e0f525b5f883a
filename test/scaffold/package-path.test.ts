import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packagePathFrom } from '../../src/scaffold/package-path.js';
import { ROOT } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const scratch = makeScratch();
const own = ROOT.replace(/\/$/, '');

/** Makes a project that has a package installed, as a package manager does it, and returns its folder. */
function project(target: string): string {
  const folder = mkdtempSync(join(scratch, 'project-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(target, join(folder, 'node_modules/plughost'));
  return folder;
}

it('is relative, and that of the link, where the package is in node_modules', () => {
  const folder = project(own);
  expect(packagePathFrom(folder)).toEqual({ path: './node_modules/plughost', isInstalled: true });
  expect(packagePathFrom(join(folder, 'slow'))).toEqual({ path: '../node_modules/plughost', isInstalled: true });
  expect(packagePathFrom(join(folder, 'a/b'))).toEqual({ path: '../../node_modules/plughost', isInstalled: true });
});

it('is relative in a clone', () => {
  expect(packagePathFrom(join(own, 'plugins/slow'))).toEqual({ path: '../..', isInstalled: false });
  expect(packagePathFrom(own)).toEqual({ path: '.', isInstalled: false });
});

it('is absolute everywhere else, also beside another plughost', () => {
  const other = mkdtempSync(join(scratch, 'other-'));
  expect(packagePathFrom(scratch)).toEqual({ path: own, isInstalled: false });
  expect(packagePathFrom(project(other))).toEqual({ path: own, isInstalled: false });
  // A folder whose name begins in the same way is not in the clone.
  expect(packagePathFrom(`${own}-plugins`)).toEqual({ path: own, isInstalled: false });
});
