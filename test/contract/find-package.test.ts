import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { LIBRARY_SUFFIX, loadPlugin } from '../../src/index.js';
import { inspect } from '../../src/inspect/inspect.js';
import { makeScratch } from '../helpers/compile.js';

const scratch = makeScratch();
const root = fileURLToPath(new URL('../..', import.meta.url));

const C = readFileSync(new URL('../../plugins-c/greet/greet.c', import.meta.url), 'utf8');
const CXX = `#include <plughost/plughost.h>
#include <string>
PLUG_MANIFEST({"id": "org.example.shout", "name": "shout", "version": "1.0.0"})
namespace {
const char *name(const plug_plugin *) { return "Shout"; }
int32_t run(plug_plugin *, const plug_ctx *, plug_sink *out, plug_error *) {
  return plug_put(out, std::string(3, 'A').c_str());
}
}  // namespace
PLUG_EXPORT_DATA plug_plugin NewPlugin = {PLUG_PLUGIN_HEADER, .name = name, .run = run};
`;

/** The folder of a project whose author has nothing but plughost. */
function authorsProject(name: string, language: 'C' | 'CXX', source: string, version = '1.0'): string {
  const folder = join(scratch, name);
  const file = language === 'C' ? 'plugin.c' : 'plugin.cpp';
  mkdirSync(folder);
  writeFileSync(join(folder, file), source);
  writeFileSync(
    join(folder, 'CMakeLists.txt'),
    `cmake_minimum_required(VERSION 3.22)
project(${name} LANGUAGES ${language})
find_package(plughost ${version} REQUIRED)
plughost_add_plugin(${name} ${file})
`,
  );
  return folder;
}

/** Configures and builds a project; gives the path of its library. */
function build(folder: string, name: string, setting: string): string {
  const out = join(folder, 'build');
  execFileSync('cmake', ['-S', folder, '-B', out, '-DCMAKE_COMPILE_WARNING_AS_ERROR=ON', setting], { stdio: 'pipe' });
  execFileSync('cmake', ['--build', out], { stdio: 'pipe' });
  return join(out, `lib${name}${LIBRARY_SUFFIX}`);
}

const exportsOf = (library: string) =>
  inspect(library)
    .symbols.map(({ name }) => name)
    .sort();

const noPkgConfig = spawnSync('pkg-config', ['--version']).error ? ' (without pkg-config, which is missing)' : '';

test(`an author builds a plugin in C with what was installed${noPkgConfig}`, () => {
  const prefix = join(scratch, 'installed');
  execFileSync('cmake', ['--install', buildFolder, '--prefix', prefix], { stdio: 'pipe' });
  const library = build(authorsProject('hello', 'C', C), 'hello', `-DCMAKE_PREFIX_PATH=${prefix}`);
  expect(exportsOf(library)).toEqual(['NewPlugin', 'plug_manifest']);
  expect(loadPlugin(library).run()).toBe('Hello from plugin');
  if (noPkgConfig) return;
  const env = { ...process.env, PKG_CONFIG_PATH: join(prefix, 'share/pkgconfig') };
  const flag = execFileSync('pkg-config', ['--cflags', 'plughost'], { env, encoding: 'utf8' }).trim();
  expect(resolve(flag.replace(/^-I/, ''))).toBe(join(prefix, 'include'));
});

test('an author builds a plugin in C++ with the package as it is', () => {
  const library = build(authorsProject('shout', 'CXX', CXX), 'shout', `-Dplughost_DIR=${join(root, 'cmake')}`);
  expect(exportsOf(library)).toEqual(['NewPlugin', 'plug_manifest']);
  expect(loadPlugin(library).run()).toBe('AAA');
});

test('a project that wants another major of the contract is told so', () => {
  const folder = authorsProject('future', 'C', C, '2.0');
  const args = ['-S', folder, '-B', join(folder, 'build'), `-Dplughost_DIR=${join(root, 'cmake')}`];
  const { status, stderr } = spawnSync('cmake', args, { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/compatible with requested\s+version "2.0"[\s\S]*plughost-config.cmake, version: 1.2/);
});
