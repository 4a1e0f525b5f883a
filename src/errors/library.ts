import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** The dynamic loader refused the library. The message is Go's, followed by the loader's reason. */
export class OpenError extends PlughostError {
  readonly code = 'ERR_OPEN';

  constructor(name: string, reason: string, details: ErrorDetails = {}) {
    super(`plugin.Open("${name}"): ${reason}`, details);
  }
}

/** A library with the same manifest id is already open from another file. None of this one's code has run. */
export class DuplicatePluginError extends PlughostError {
  readonly code = 'ERR_DUPLICATE_PLUGIN';

  constructor(name: string, id: string, path: string, holder: string) {
    super(`plugin.Open("${name}"): plugin already loaded: ${path} has the id ${id}, as ${holder} has, which is open`, {
      hint: 'use the one that is open, or give one of them another id; a program may close it first, or set allowDuplicate',
    });
  }
}

/** A library defines a symbol that must be unique in the process, and an open library already defines it. */
export class SharedSymbolError extends PlughostError {
  readonly code = 'ERR_SHARED_SYMBOL';

  constructor(name: string, path: string, other: string, symbol: string) {
    const where = other === path ? 'what was opened of this path before has it' : `${other} has it`;
    super(`plugin.Open("${name}"): ${path} brings ${symbol}, of which a process has one, and ${where}`, {
      hint: 'build it with -fno-gnu-unique, or isolate it (--isolate), or use a new process',
    });
  }
}

/** The library was closed before this call. */
export class LibraryClosedError extends PlughostError {
  readonly code = 'ERR_LIBRARY_CLOSED';

  constructor(path: string, operation: string) {
    super(`library ${path}: ${operation}: it is closed`, { hint: 'open it again, or close it later' });
  }
}

/** The library does not export a symbol of that name. */
export class SymbolNotFoundError extends PlughostError {
  readonly code = 'ERR_SYMBOL_NOT_FOUND';

  constructor(symbol: string, identity: string, near: readonly string[]) {
    super(`plugin: symbol ${symbol} not found in plugin ${identity}`, {
      hint: near.length > 0 ? `it exports similar names: ${near.join(', ')}` : 'symbols() lists what it exports',
    });
  }
}

/** The data symbol is in read-only memory. */
export class ReadOnlyError extends PlughostError {
  readonly code = 'ERR_READ_ONLY';

  constructor(name: string, path: string) {
    super(`write ${name} of ${path}: it is a constant of the library`, {
      hint: 'only its author can change it, by declaring it without const',
    });
  }
}
