import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { because, lines, without } from './tools.js';

const missing = noCompiler ?? without('readelf');
const scratch = makeScratch();

/** A library with one symbol of each kind that a linker puts into the dynamic symbol table. */
const SOURCE = String.raw`
  #pragma GCC diagnostic ignored "-Wmissing-prototypes"
  int plain(void) { return 1; }
  __attribute__((weak)) int weak_one(void) { return 1; }
  __attribute__((visibility("protected"))) int guarded = 3;
  __thread int per_thread;

  /* A linker puts the symbols that it makes from a section's name into the table, even hidden ones. */
  __attribute__((section("words"), used)) int word = 1;
  extern char __start_words[] __attribute__((visibility("hidden")));
  extern char __stop_words[] __attribute__((visibility("internal")));
  long letters(void) { return __stop_words - __start_words; }

  static int answer(void) { return 1; }
  static int (*resolve(void))(void) { return answer; }
  int indirect(void) __attribute__((ifunc("resolve")));

  int first_of_both(void) { return 1; }
  int second_of_both(void) { return 2; }
  int only_old_one(void) { return 3; }
  __asm__(".symver first_of_both, both@V1\n.symver second_of_both, both@@V2\n.symver only_old_one, only_old@V1");
  __asm__(".globl absolute\n.set absolute, 0x1234\n.type absolute, @object");
  __asm__(".data\n.globl single\n.type single, @gnu_unique_object\n.size single, 4\nsingle: .long 4\n.text");
`;

/** A program that prints which of its arguments dlsym finds in a library. */
const ASKER = `
  #define _GNU_SOURCE
  #include <dlfcn.h>
  #include <stdio.h>
  int main(int count, char **names) {
    void *library = dlopen(names[1], RTLD_NOW);
    for (int i = 2; i < count; i++) {
      dlerror();
      dlsym(library, names[i]);
      if (!dlerror()) puts(names[i]);
    }
    return !library;
  }`;

test.skipIf(missing)(`a library exports exactly what dlsym finds in it${because(missing)}`, () => {
  const versions = join(scratch, 'versions.map');
  writeFileSync(versions, 'V1 { global: *; local: first_*; second_*; only_old_one; };\nV2 { global: both; } V1;\n');
  const path = compile(scratch, 'kinds', SOURCE, [`-Wl,--version-script=${versions}`]);

  const listed = lines('readelf', ['--dyn-syms', '-W', path]).map((line) => line.trim().split(/\s+/));
  const rows = listed.filter(([number]) => /^\d+:$/.test(number ?? '')).map((row) => row.slice(3));
  // The library has all these kinds; otherwise the comparison would prove little.
  const traits = rows.flatMap(([type, binding, visibility, section, name = '']) => [
    ...[type, binding, visibility, section],
    name.replace(/^.*?(@*)(V\d)?$/, '$1'),
  ]);
  expect(traits).toEqual(
    expect.arrayContaining(['TLS', 'IFUNC', 'UNIQUE', 'WEAK', 'HIDDEN', 'INTERNAL', 'PROTECTED', 'ABS', '@']),
  );

  const asker = join(scratch, 'asker');
  writeFileSync(`${asker}.c`, ASKER);
  execFileSync('cc', ['-o', asker, `${asker}.c`, '-ldl']);
  const names = new Set(rows.map((row) => (row.at(-1) ?? '').replace(/@.*$/, '')));
  const own = [...names].filter((name) => name && !/^(_ITM|__cxa|__gmon)/.test(name));
  const found = lines(asker, [path, ...own]).filter(Boolean);
  expect(found.length).toBeLessThan(own.length);
  expect(
    inspect(path)
      .symbols.map(({ name }) => name)
      .sort(),
  ).toEqual(found.sort());
});
