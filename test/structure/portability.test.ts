import { describe, expect, it } from 'vitest';
import { NATIVE_FILES, textOf } from './files.js';
import { includedFile, includesOf } from './imports.js';

const ENGINE = NATIVE_FILES.filter((path) => path.startsWith('native/engine/'));

/** The headers of codec libraries, by the name that their codec's file begins with. */
const CODECS = new Map(
  [...textOf('native/engine/input/codecs/formats.def').matchAll(/^LIBRARY\((\w+), ([^,]+),/gm)].map(
    ([, name, header]) => [name, header],
  ),
);

/** Whether the engine may include a header: of C++ itself, of this project, or of the file's own codec library. */
function mayInclude(path: string, header: string): boolean {
  // Headers of C++ have no suffix; those of the system and of C have one.
  if (includedFile(path, header) || /^<[a-z_]+>$/.test(header)) return true;
  const codec = /^native\/engine\/input\/codecs\/(\w+)_codec\.cpp$/.exec(path)?.[1] ?? '';
  const library = CODECS.get(codec)?.replace(/\.h$/, '');
  return library !== undefined && header.startsWith(`<${library}`);
}

const unportableIncludes = (path: string, headers: readonly string[]): string[] =>
  headers.filter((header) => !mayInclude(path, header)).map((header) => `${path} includes ${header}`);

/** Returns the conditions of the preprocessor that ask for anything but an option of this project's own build. */
const unportableConditions = (path: string, text: string): string[] =>
  [...text.matchAll(/^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif|elifdef)\b(.*)$/gm)]
    .filter(([, condition]) =>
      (condition ?? '').match(/[A-Za-z_]\w*/g)?.some((word) => !/^(defined|PLUGHOST_\w+)$/.test(word)),
    )
    .map(([line]) => `${path}: ${line.trim()}`);

describe('the engine', () => {
  it('includes only headers of C++, of this project and of codec libraries', () => {
    expect(ENGINE.length).toBeGreaterThan(100);
    expect([...CODECS.keys()]).toContain('zstd');
    expect(ENGINE.flatMap((path) => unportableIncludes(path, includesOf(path)))).toEqual([]);
  });

  it('does not ask for a system or a processor', () => {
    expect(ENGINE.flatMap((path) => unportableConditions(path, textOf(path)))).toEqual([]);
  });
});

describe('a file of the engine that is not portable', () => {
  const path = 'native/engine/input/codecs/zstd_codec.cpp';

  it('is named with the header', () => {
    expect(unportableIncludes(path, ['<vector>', '<zstd.h>', '"os/file/read.hpp"', '<plughost/base.h>'])).toEqual([]);
    expect(unportableIncludes(path, ['<unistd.h>', '<sys/mman.h>', '<lzma.h>', '"missing.hpp"'])).toEqual([
      `${path} includes <unistd.h>`,
      `${path} includes <sys/mman.h>`,
      `${path} includes <lzma.h>`,
      `${path} includes "missing.hpp"`,
    ]);
  });

  it('is named with the condition', () => {
    expect(unportableConditions(path, '#ifdef PLUGHOST_ZSTD\n#if defined(PLUGHOST_ZSTD)\n#endif\n')).toEqual([]);
    expect(unportableConditions(path, '#ifdef __linux__\n#elif defined(_WIN32)\n# if defined(__x86_64__)\n')).toEqual([
      `${path}: #ifdef __linux__`,
      `${path}: #elif defined(_WIN32)`,
      `${path}: # if defined(__x86_64__)`,
    ]);
  });
});
