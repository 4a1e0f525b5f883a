import { addon } from '../../addon.js';
import { SharedSymbolError } from '../../errors/index.js';
import { inspect } from '../../inspect/inspect.js';
import type { ExportedSymbol, Inspection } from '../../inspect/inspection.js';
import { cleaned } from '../../text/printable.js';

/** What every plugin shows, and what the host looks up in the plugin alone. */
const LOOKED_UP = ['NewPlugin', 'plug_manifest'];

/**
 * Names of the C++ standard library, by the Itanium ABI, "Mangling: compression": every C++ program and library has
 * copies of such functions and statics, and one copy of them for all does no harm.
 */
const STANDARD = /^_Z(T[VIST]|GV|Z)*N?V?K?S[tabsiod]/;

/** Names that a message has room for. */
const MAX_NAMES = 5;

/**
 * The symbols of a library that it would not get, because the program, or a library that it was started with, has some
 * of the same name: the system's loader gives those to whoever asks through it.
 */
export function replacedSymbols({ symbols }: Pick<Inspection, 'symbols'>): ExportedSymbol[] {
  return symbols.filter(
    ({ name, replaceable }) =>
      replaceable && !LOOKED_UP.includes(name) && !STANDARD.test(name) && addon().programHas(name),
  );
}

/** The symbols of which a process has one, whichever library brings it first. */
export function uniqueSymbols({ symbols }: Pick<Inspection, 'symbols'>): ExportedSymbol[] {
  return symbols.filter(({ name, unique }) => unique && !STANDARD.test(name));
}

/** A library, or a file that one needs. */
interface Part {
  path: string;
  inspection: Inspection;
}

/**
 * Warns of each part of a library that will use the program's symbols in the place of its own, or of those that another
 * part has for it.
 * @param library the library itself, where its bytes are, and the files that it needs
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
    const taken = imports.filter(({ name }) => having.has(name) && !STANDARD.test(name) && addon().programHas(name));
    const from = [...new Set(taken.map(({ name }) => having.get(name)?.path))].join(', ');
    warnOf(taken, (names) => `${path} needs ${names} of ${from}, and gets those of the program`);
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

/** A file and the symbols that it brings and of which a process has one. */
export interface UniqueOwner {
  path: string;
  unique: readonly string[];
}

/**
 * Refuses a library that brings a unique symbol which another library has brought already: the system's loader would
 * give it the other one's, whose type, or whose version, may be another.
 * @param own the library, and the files that it needs, whose symbols are as unique
 * @param others what this process has mapped, whether it is retired or not
 * @throws SharedSymbolError
 */
export function refuseSharedUnique(
  name: string,
  [library, ...needed]: readonly [UniqueOwner, ...UniqueOwner[]],
  others: () => readonly UniqueOwner[],
): void {
  if ([library, ...needed].every(({ unique }) => unique.length === 0)) return;
  const open = others();
  const owners = new Map(open.flatMap(({ path, unique }) => unique.map((symbol) => [symbol, path] as const)));
  const mapped = new Set(open.map(({ path }) => path));
  // A file that is needed and mapped already is mapped once for all; a library of that path may have changed.
  for (const { path, unique } of [library, ...needed.filter((file) => !mapped.has(file.path))]) {
    const shared = unique.find((symbol) => owners.has(symbol));
    if (shared !== undefined) throw new SharedSymbolError(name, path, owners.get(shared) ?? '', shared);
  }
}
