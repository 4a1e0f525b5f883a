import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { inspect } from '../../src/index.js';
import { DESCRIBED } from '../../src/loader/forms/described.js';
import { FORMS } from '../../src/loader/forms/forms.js';
import { folderOf, noPackages, platforms, systemPackages } from './packed.js';

const readelf = (...args: string[]) => execFileSync('readelf', ['-W', ...args], { encoding: 'utf8' });

/** Returns the names that a file shows to others, without the copies of the C library's variables. */
function exported(path: string): string[] {
  return readelf('--dyn-syms', path)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , binding, , section]) => /^(GLOBAL|WEAK|UNIQUE)$/.test(binding ?? '') && section !== 'UND')
    .map(([, , , , , , , name = '']) => name)
    .filter((name) => !name.includes('@GLIBC_'))
    .sort();
}

/** Returns the libraries that a file needs. */
const needed = (path: string) => [...readelf('-d', path).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);

/** Returns the versions of glibc that a file needs, as numbers of the second place: 28 for GLIBC_2.28. */
const glibcVersions = (path: string) =>
  [...readelf('-V', path).matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));

const STARTERS = ['fork', 'popen', 'posix_spawn', 'posix_spawnp', 'pthread_create', 'system', 'vfork'];
const ADDON = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

const builds = [['the build', buildFolder], ...platforms.map((name) => [`the package ${name}`, folderOf(name)])];

describe.each(builds)('%s', (_, folder = '') => {
  it('has an addon that shows what Node needs and nothing else', () => {
    expect(exported(join(folder, 'Release/plughost.node'))).toEqual(ADDON);
  });

  it('has a runner that shows the functions that start processes and threads and nothing else', () => {
    expect(exported(join(folder, 'Release/plughost-runner'))).toEqual(STARTERS);
  });
});

const SYSTEM = /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux-.*\.so\.\d|libgcc_s\.so\.1)$/;

/** Returns the libraries of plugins in a package, with the name of the form if it is an adapter. */
const librariesIn = (name: string) =>
  readdirSync(join(folderOf(name), 'plugins')).map((file) => ({
    file,
    adapter: JSON.parse(inspect(join(folderOf(name), 'plugins', file)).manifest?.json ?? '{}').adapter,
  }));

describe.skipIf(noPackages)(`the packages${noPackages}`, () => {
  const files = systemPackages
    .filter((name) => name.endsWith('-gnu'))
    .flatMap((name) =>
      readdirSync(folderOf(name), { withFileTypes: true })
        .filter((part) => part.isDirectory())
        .flatMap((part) => readdirSync(join(folderOf(name), part.name)).map((file) => [name, part.name, file])),
    );

  it.each(files)('%s: %s/%s needs the C library alone, and of glibc no more than 2.28', (name, part, file) => {
    const path = join(folderOf(name as string), part as string, file as string);
    expect(needed(path).filter((library) => !SYSTEM.test(library ?? ''))).toEqual([]);
    expect(glibcVersions(path).filter((minor) => minor > 28)).toEqual([]);
  });

  it.each(platforms)(
    '%s has plugins alone, and the adapters are in a package of their own, with the plugins that the first one names',
    (name) => {
      expect(librariesIn(name).filter(({ adapter }) => adapter !== undefined)).toEqual([]);
      const { leftOut } = JSON.parse(readFileSync(join(folderOf(`forms-${name}`), 'package.json'), 'utf8'));
      const forms = [...FORMS, ...DESCRIBED].map((form) => form.name).filter((form) => !(form in leftOut));
      const { further } = JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'));
      const wanted = [...forms.map((form) => [form, form]), ...further.map((plugin: string) => [plugin])];
      expect(librariesIn(`forms-${name}`)).toEqual(
        wanted.sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, adapter]) => ({ file: `lib${file}.so`, adapter })),
      );
    },
  );

  it.each(systemPackages)('%s has the licences of what it contains, and no others', (name) => {
    const notices = readFileSync(join(folderOf(name), 'NOTICES.txt'), 'utf8');
    const has = ['zlib-ng', 'node-addon-api', 'QuickJS-NG', 'regex-automata 0'].filter((part) =>
      notices.includes(`\n${part}`),
    );
    const isForms = name.startsWith('forms-');
    expect(has).toEqual(
      isForms ? ['QuickJS-NG', 'regex-automata 0'] : ['zlib-ng', 'node-addon-api', 'regex-automata 0'],
    );
  });
});
