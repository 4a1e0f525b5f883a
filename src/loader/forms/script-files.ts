import { realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { parse } from 'es-module-lexer/js';
import type { Manifest } from '../../contract/manifest.js';
import { InputError, ScriptError } from '../../errors/index.js';
import { readTextFile, type TextFile } from '../../files/text-file.js';
import type { Module, ModuleFile } from './form.js';
import { stripTypes } from './strip-types.js';

/** The largest sum of files in bytes. */
const MAX_SIZE = 1 << 20;
const MAX_FILES = 100;

/** A file that a script imports, and where. */
interface Import {
  path: string;
  /** `lib/a.js:3:18`. */
  place: string;
  specifier: string;
}

type Script = Pick<Module, 'manifest' | 'handed' | 'files'>;

/** What the adapter gets of a file: its text, without types. */
interface Handed {
  name: string;
  text: string;
}

/**
 * Reads the main file of a script, and the files of its folder that it imports. Each is checked with `trust`, and read
 * once: what is hashed is what runs. Imports that are no paths are left to the adapter, which refuses them.
 * @param manifestOf reads the manifest in the text of the main file
 * @throws ScriptError, FormMissingError, InputError for the main file, what `trust` and `manifestOf` throw
 */
export function readScript(
  path: string,
  trust: (file: string) => void,
  manifestOf: (text: string) => Manifest,
): Script {
  const folder = dirname(path);
  let left = MAX_SIZE;
  const seen = new Set([path]);
  const found: Import[] = [];
  const read = (file: string): TextFile => {
    trust(file);
    return readTextFile(file, 'read the script', MAX_SIZE);
  };
  const handed: Handed[] = [];
  const add = (file: string, { text, bytes }: TextFile): ModuleFile => {
    left -= bytes.length;
    if (left < 0) throw new ScriptError(path, `its files are larger than ${MAX_SIZE >> 20} MiB together`);
    const name = relative(folder, file).replaceAll(sep, '/');
    const code = /\.m?ts$/.test(file) ? stripTypes(path, name, text) : text;
    found.push(...importsOf(code, file, name));
    handed.push({ name, text: code });
    return { name, bytes: () => bytes };
  };
  const main = read(path);
  const manifest = manifestOf(main.text);
  const files: [ModuleFile, ...ModuleFile[]] = [add(path, main)];
  for (let next = found.shift(); next; next = found.shift()) {
    if (seen.has(next.path)) continue;
    seen.add(next.path);
    if (seen.size > MAX_FILES) throw new ScriptError(path, `it has more than ${MAX_FILES} files`);
    files.push(add(next.path, readImport(path, folder, next, read)));
  }
  return { manifest, handed, files };
}

function readImport(main: string, folder: string, next: Import, read: (file: string) => TextFile): TextFile {
  const refuse = (reason: string, cause?: unknown) =>
    new ScriptError(main, `${next.place}: it cannot import ${JSON.stringify(next.specifier)}: ${reason}`, { cause });
  const outside = (file: string) => relative(folder, file).split(sep)[0] === '..';
  if (outside(next.path)) throw refuse('that is outside the folder of the script');
  try {
    // A link in the folder may lead out of it.
    if (outside(realpathSync(next.path))) throw refuse('that is a link to outside the folder of the script');
    return read(next.path);
  } catch (cause) {
    if (cause instanceof InputError) throw refuse(cause.message, cause);
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw refuse('there is no such file', cause);
    throw cause;
  }
}

/** Returns the imports of a file that are paths. Code that cannot be parsed has none: QuickJS says what is wrong. */
function importsOf(code: string, file: string, name: string): Import[] {
  let imports: ReturnType<typeof parse>[0];
  try {
    [imports] = parse(code);
  } catch {
    return [];
  }
  return imports.flatMap(({ n: specifier, s: start }) => {
    if (specifier === undefined || !/^\.\.?\//.test(specifier)) return [];
    const lines = code.slice(0, start).split('\n');
    const place = `${name}:${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
    return [{ path: join(dirname(file), specifier), place, specifier }];
  });
}
