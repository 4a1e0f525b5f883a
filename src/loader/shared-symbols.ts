import { addon } from '../addon.js';
import { SharedSymbolError } from '../errors.js';
import type { ExportedSymbol, Inspection } from '../inspect/inspection.js';
import { cleaned } from '../printable.js';

/** What every plugin shows, and what the host looks up in the plugin alone. */
const LOOKED_UP = ['NewPlugin', 'plug_manifest'];

/**
 * Names of the C++ standard library, by the Itanium ABI, "Mangling: compression": every C++ program and library has
 * copies of such functions and statics, and one copy of them for all does no harm.
 */
const STANDARD = /^_Z(T[VIST]|GV|Z)*N?V?K?S[tabsiod]/;

/** Names that a message has room for. */
const MOST_NAMES = 5;

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

/** Warns once for a library that will use the program's symbols in the place of its own. */
export function warnOfReplaced(path: string, inspection: Inspection): void {
  const replaced = replacedSymbols(inspection);
  if (replaced.length === 0) return;
  const names = replaced.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = replaced.length > names.length ? ` and ${replaced.length - names.length} more` : '';
  const text = `${path} has ${names.join(', ')}${more} of its own, and uses those of the program, which have the same names`;
  process.emitWarning(cleaned(text), {
    code: 'PLUGHOST_REPLACED_SYMBOL',
    detail: 'Build it with -fvisibility=hidden, or link it with -Wl,-Bsymbolic; or isolate it.',
  });
}

/**
 * Refuses a library that brings a unique symbol which another library has brought already: the system's loader would
 * give it the other one's, whose type, or whose version, may be another.
 * @param others what this process has mapped, whether it is retired or not
 * @throws SharedSymbolError
 */
export function refuseSharedUnique(
  name: string,
  path: string,
  { symbols }: Inspection,
  others: () => readonly { path: string; symbols: readonly ExportedSymbol[] }[],
): void {
  const own = uniqueSymbols({ symbols });
  if (own.length === 0) return;
  for (const other of others()) {
    const theirs = new Set(other.symbols.filter(({ unique }) => unique).map((symbol) => symbol.name));
    const shared = own.find((symbol) => theirs.has(symbol.name));
    if (shared) throw new SharedSymbolError(name, path, other.path, shared.name);
  }
}
