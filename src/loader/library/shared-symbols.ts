import { addon } from '../../addon.js';
import { SharedSymbolError } from '../../errors/index.js';
import { inspect } from '../../inspect/inspect.js';
import type { ExportedSymbol, Inspection } from '../../inspect/inspection.js';
import { cleaned } from '../../text/printable.js';

/** Every plugin exports these, and the host looks them up only in the plugin itself. */
const LOOKED_UP = ['NewPlugin', 'plug_manifest'];

/**
 * Names of the C++ standard library (Itanium C++ ABI, "Mangling: compression"). Every C++ program and library has
 * copies of these functions and statics, and sharing one copy does no harm.
 */
const STANDARD = /^_Z(T[VIST]|GV|Z)*N?V?K?S[tabsiod]/;

/** Names that a message lists. */
const MAX_NAMES = 5;

/**
 * Returns the exported symbols of a library that would be replaced: the program, or a library that it was started with,
 * defines the same names, and the dynamic loader resolves the library's own uses to those.
 */
export function replacedSymbols({ symbols }: Pick<Inspection, 'symbols'>): ExportedSymbol[] {
  return symbols.filter(
    ({ name, replaceable }) =>
      replaceable && !LOOKED_UP.includes(name) && !STANDARD.test(name) && addon().programHas(name),
  );
}

/** Returns the symbols that are unique in a process: the first library that defines one provides it for all. */
export function uniqueSymbols({ symbols }: Pick<Inspection, 'symbols'>): ExportedSymbol[] {
  return symbols.filter(({ name, unique }) => unique && !STANDARD.test(name));
}

/** A library, or a library that it needs. */
interface Part {
  path: string;
  inspection: Inspection;
}

/**
 * Warns about each part of a library that will use the program's symbols instead of its own or of another part's.
 * @param library the library itself, then the libraries that it needs
 */
export function warnOfReplaced(library: readonly Part[]): void {
  for (const { path, inspection } of library) {
    warnOf(replacedSymbols(inspection), (names) => `${path} has ${names} of its own, and uses those of the program`);
  }
  const needed = library.slice(1);
  if (needed.length === 0) return;
  const having = new Map(needed.flatMap((part) => part.inspection.symbols.map(({ name }) => [name, part] as const)));
  for (const { path } of library) {
    const imports = inspect(path, { imports: true }).imports ?? [];
    const replaced = imports.filter(({ name }) => having.has(name) && !STANDARD.test(name) && addon().programHas(name));
    const from = [...new Set(replaced.map(({ name }) => having.get(name)?.path))].join(', ');
    warnOf(replaced, (names) => `${path} needs ${names} of ${from}, and gets those of the program`);
  }
}

function warnOf(symbols: readonly { name: string }[], sentence: (names: string) => string): void {
  if (symbols.length === 0) return;
  const names = symbols.slice(0, MAX_NAMES).map(({ name }) => name);
  const more = symbols.length > names.length ? ` and ${symbols.length - names.length} more` : '';
  process.emitWarning(cleaned(`${sentence(names.join(', ') + more)}, which have the same names`), {
    code: 'PLUGHOST_REPLACED_SYMBOL',
    detail: 'Build it with -fvisibility=hidden, or link it with -Wl,-Bsymbolic; or isolate it.',
  });
}

/** A file and the process-wide unique symbols that it defines. */
export interface UniqueOwner {
  path: string;
  unique: readonly string[];
}

/**
 * Refuses a library that defines a unique symbol which an open library already defines. The dynamic loader would give
 * it the other definition, which may differ in type or version.
 * @param parts the library, then the libraries that it needs
 * @param others the libraries that this process has mapped, also retired ones
 * @throws SharedSymbolError
 */
export function refuseSharedUnique(
  name: string,
  parts: readonly [UniqueOwner, ...UniqueOwner[]],
  others: () => readonly UniqueOwner[],
): void {
  const [library, ...needed] = parts;
  if (parts.every(({ unique }) => unique.length === 0)) return;
  const open = others();
  const owners = new Map(open.flatMap(({ path, unique }) => unique.map((symbol) => [symbol, path] as const)));
  const mapped = new Set(open.map(({ path }) => path));
  // A needed file that is mapped already is not mapped again. The library itself may have changed, so it is checked.
  for (const { path, unique } of [library, ...needed.filter((file) => !mapped.has(file.path))]) {
    const shared = unique.find((symbol) => owners.has(symbol));
    if (shared !== undefined) throw new SharedSymbolError(name, path, owners.get(shared) ?? '', shared);
  }
}
