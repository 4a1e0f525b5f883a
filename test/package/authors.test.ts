import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPlugin } from '../../src/index.js';
import { ROOT } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { noPackages, tarball } from './packed.js';

const scratch = makeScratch();
const installed = join(scratch, 'node_modules/plughost');
const missing = (program: string) =>
  spawnSync(program, ['--version']).error ? ` (skipped: ${program} is missing)` : '';

/** A plugin with an id of its own, because a process can have only one library of an id open. */
const sourceOf = (id: string) => `#include <plughost/plughost.h>
PLUG_MANIFEST({"id": "${id}", "name": "hi", "version": "1.0.0"})
static const char *name(const plug_plugin *self) { (void)self; return "Hi"; }
static int32_t run(plug_plugin *self, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)self, (void)ctx, (void)error;
  return plug_put(out, "Hi from an author");
}
PLUG_EXPORT_DATA plug_plugin NewPlugin = {PLUG_PLUGIN_HEADER, .name = name, .run = run};
`;

function saidBy(library: string): string {
  using plugin = loadPlugin(library);
  return plugin.run();
}

/** Makes the folder of an author's project. */
function project(name: string, files: Record<string, string>): string {
  const folder = join(scratch, name);
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

describe.skipIf(noPackages)(`an author builds a plugin against the installed package${noPackages}`, () => {
  beforeAll(() => {
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', tarball(), '--strip-components=1', '-C', installed]);
  });

  it('by find_package', () => {
    const lists = `cmake_minimum_required(VERSION 3.22)
project(hi LANGUAGES C)
find_package(plughost 1.0 REQUIRED)
plughost_add_plugin(hi hi.c)
`;
    const folder = project('cmake', { 'hi.c': sourceOf('org.example.cmake'), 'CMakeLists.txt': lists });
    const out = join(folder, 'build');
    execFileSync('cmake', ['-S', folder, '-B', out, `-Dplughost_DIR=${installed}/cmake`], { stdio: 'pipe' });
    execFileSync('cmake', ['--build', out], { stdio: 'pipe' });
    expect(saidBy(join(out, 'libhi.so'))).toBe('Hi from an author');
  });

  it.skipIf(missing('pkg-config'))(`by pkg-config${missing('pkg-config')}`, () => {
    const folder = project('pkg-config', { 'hi.c': sourceOf('org.example.pkg-config') });
    const env = { ...process.env, PKG_CONFIG_PATH: join(installed, 'cmake') };
    const ask = (...args: string[]) =>
      execFileSync('pkg-config', [...args, 'plughost'], { env, encoding: 'utf8' }).trim();
    const library = join(folder, 'libhi.so');
    const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-fvisibility=hidden'];
    execFileSync('cc', [...flags, ...ask('--cflags').split(' '), '-o', library, join(folder, 'hi.c')]);
    expect(saidBy(library)).toBe('Hi from an author');
    const header = execFileSync(
      'cc',
      ['-E', '-dM', ...ask('--cflags').split(' '), '-include', 'plughost/base.h', '-xc', '/dev/null'],
      { encoding: 'utf8' },
    );
    const [, major] = /PLUG_ABI_MAJOR (\d+)u/.exec(header) ?? [];
    const [, minor] = /PLUG_ABI_MINOR (\d+)u/.exec(header) ?? [];
    expect(ask('--modversion')).toBe(`${major}.${minor}`);
  });

  it.skipIf(missing('cargo'))(`by cargo${missing('cargo')}`, () => {
    const example = execFileSync('cat', [join(ROOT, 'plugins-rust/greet-rust/src/lib.rs')], { encoding: 'utf8' });
    const manifest = `[package]
name = "hi"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
plughost = { path = "${installed}/plugins-rust/plughost" }

[workspace]
`;
    const folder = project('cargo', { 'Cargo.toml': manifest, 'src/lib.rs': example });
    execFileSync('cargo', ['build', '--quiet', '--offline'], { cwd: folder, stdio: 'pipe' });
    expect(saidBy(join(folder, 'target/debug/libhi.so'))).toBe('Hello from Rust');
  });
});
