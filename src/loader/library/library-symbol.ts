import { addon } from '../../addon.js';
import { checked } from '../../arguments/argument.js';
import { listOf, text } from '../../arguments/checks.js';
import { insidePlugin } from '../../boundary/inside-plugin.js';
import { koffi } from '../../contract/koffi.js';
import { PlughostError, ReadOnlyError, reasonOf, TypeAssertionError, UsageError } from '../../errors/index.js';
import type { ExportedSymbol } from '../../inspect/inspection.js';

/** The name of a C type without pointers: a number type, `bool`, or an array of them such as `char [16]`. */
export type ValueType = string;

/** The library of a symbol. */
interface Owner {
  readonly path: string;
  /** @throws LibraryClosedError */
  ensureOpen(operation: string): void;
}

abstract class NamedAddress {
  readonly name: string;
  /** Bytes; 0 when the file does not state the size. */
  readonly size: number;
  /** Bytes from the load address of the library. */
  readonly offset: number;
  /** The address in this process. */
  readonly address: bigint;
  readonly #owner: Owner;

  constructor({ name, size, offset }: ExportedSymbol, address: bigint, owner: Owner) {
    this.name = name;
    this.size = size;
    this.offset = offset;
    this.address = address;
    this.#owner = owner;
  }

  /** The symbol's library. An accessor, so that console.log(symbol) does not print the library too. @internal */
  protected get owner(): Owner {
    return this.#owner;
  }
}

/** A function of an open library. */
export class FunctionSymbol extends NamedAddress {
  readonly kind = 'function';
  /** The functions that koffi created, by prototype. Creating one costs twenty calls, and koffi never frees it. */
  readonly #declared = new Map<string, (...args: unknown[]) => unknown>();

  /**
   * Returns a JavaScript function that calls this function. The prototype cannot be checked: declaring a wrong one is
   * undefined behaviour, as in C.
   * @typeParam F the type of the JavaScript function
   * @param result a C type by koffi's names, such as `int` or `void`
   * @param parameters C types; pass a pointer as an address (bigint) or a buffer
   * @throws UsageError when a type is unknown. The returned function throws UsageError for arguments of other types,
   * and LibraryClosedError.
   */
  declare<F extends (...args: never[]) => unknown>(result: string, parameters: readonly string[]): F {
    const types = checked(`declare ${this.name}`, 'parameters', parameters, listOf('C types', text));
    const call = this.#call(checked(`declare ${this.name}`, 'result', result, text), types);
    const declared = (...args: unknown[]) => {
      this.owner.ensureOpen(`call ${this.name}`);
      if (args.length !== types.length) {
        throw new UsageError(`call ${this.name}: it takes ${types.length} arguments, and was given ${args.length}`);
      }
      try {
        return insidePlugin(this.owner.path, this.name, () => call(...args), false);
      } catch (cause) {
        if (cause instanceof PlughostError) throw cause;
        throw new UsageError(`call ${this.name}: ${reasonOf(cause)}`, { cause });
      }
    };
    return declared as unknown as F;
  }

  #call(result: string, parameters: readonly string[]): (...args: unknown[]) => unknown {
    const key = JSON.stringify([result, parameters]);
    const known = this.#declared.get(key);
    if (known) return known;
    try {
      const prototype = koffi().proto(result, [...parameters]);
      const call = koffi().decode(this.address, prototype) as (...args: unknown[]) => unknown;
      this.#declared.set(key, call);
      return call;
    } catch (cause) {
      throw new UsageError(`declare ${this.name}: ${reasonOf(cause)}`, { cause });
    }
  }
}

/** A variable or constant of an open library. */
export class DataSymbol extends NamedAddress {
  readonly kind = 'data';

  /**
   * Returns a view of the library's own memory: the library, other views and other threads see what is written, and the
   * view sees what they write. Another thread may see a value of more than 8 bytes half written.
   * @throws TypeAssertionError when the type is larger than the symbol; UsageError when the type contains pointers
   */
  view<T = unknown>(type: ValueType): View<T> {
    const { size } = typeOf(this.name, type);
    if (this.size > 0 && size > this.size) {
      const found = `${this.name} is a data object of ${this.size} bytes, not a ${type} (${size} bytes)`;
      throw new TypeAssertionError(this.owner.path, found);
    }
    return new View<T>(this.name, this.address, type, size, this.owner);
  }
}

/** A symbol of an open library. */
export type LibrarySymbol = FunctionSymbol | DataSymbol;

/** A typed view of a data symbol. Reads and writes access the memory of the library. */
export class View<T> {
  readonly #name: string;
  readonly #address: bigint;
  readonly #type: ValueType;
  readonly #size: number;
  readonly #owner: Owner;

  /** @internal */
  constructor(name: string, address: bigint, type: ValueType, size: number, owner: Owner) {
    this.#name = name;
    this.#address = address;
    this.#type = type;
    this.#size = size;
    this.#owner = owner;
  }

  /** @throws LibraryClosedError */
  get value(): T {
    this.#owner.ensureOpen(`read ${this.#name}`);
    const bytes = addon().readMemory(this.#address, this.#size);
    if (!bytes) throw new TypeAssertionError(this.#owner.path, `${this.#name} lies where no memory can be read`);
    return koffi().decode(bytes, this.#type) as T;
  }

  /** @throws ReadOnlyError when the symbol is a constant; UsageError when the value is not of the type */
  set value(value: T) {
    this.#owner.ensureOpen(`write ${this.#name}`);
    const bytes = Buffer.alloc(this.#size);
    try {
      koffi().encode(bytes, this.#type, value);
    } catch (cause) {
      throw new UsageError(`write ${this.#name}: ${reasonOf(cause)}`, { cause });
    }
    if (!addon().writeMemory(this.#address, bytes)) throw new ReadOnlyError(this.#name, this.#owner.path);
  }
}

const PLAIN = /^(Bool|U?Int(8|16|32|64)|Float(32|64))$/;

/** Refuses pointers, because the memory that they point to is not checked. */
function typeOf(name: string, type: ValueType): { size: number } {
  checked(`view ${name}`, 'type', type, text);
  try {
    const { primitive, ref, size } = koffi().type(type);
    if (PLAIN.test(primitive === 'Array' ? (ref?.primitive ?? '') : primitive)) return { size };
  } catch (cause) {
    throw new UsageError(`view ${name}: ${reasonOf(cause)}`, { cause });
  }
  throw new UsageError(`view ${name}: ${type} is no plain value`, {
    hint: 'give a number type, bool, or an array of them, such as: char [16]',
  });
}
