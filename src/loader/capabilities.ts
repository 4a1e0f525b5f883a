import { messageOf, newError } from '../boundary/in-process.js';
import { functionAt } from '../contract/calls.js';
import { EXPORTER_ROWWISE, FILTER_LINEWISE, FILTER_ORDERED, statusName } from '../contract/constants.js';
import type { ExporterStruct, FilterStruct } from '../contract/structs.js';
import { ContractViolationError, PluginFailedError } from '../errors.js';

/** A call of a filter: `line` one line, `batch` many, `scan` a whole block. */
export type Shape = 'scan' | 'batch' | 'line';

/** What the plugin proxy lends its capabilities. */
export interface Owner {
  readonly label: string;
  readonly address: bigint;
  /** @throws PluginClosedError, PluginBusyError */
  ensureCallable(operation: string): void;
}

/** The filter of a plugin. */
export class Filter {
  /** The calls it offers, widest first. */
  readonly shapes: readonly Shape[];
  /** The answer for a line depends on that line alone. */
  readonly linewise: boolean;
  /** Lines must be seen in order, so a run has one worker. */
  readonly ordered: boolean;
  /** The address of its `plug_filter`, for the engine. @internal */
  readonly address: bigint;
  readonly #owner: Owner;
  readonly #struct: FilterStruct;
  #state: bigint | undefined;

  /** @internal */
  constructor(owner: Owner, address: bigint, struct: FilterStruct) {
    this.#owner = owner;
    this.address = address;
    this.#struct = struct;
    this.shapes = (['scan', 'batch', 'line'] as const).filter(
      (shape) => ({ scan: struct.scan, batch: struct.match_batch, line: struct.match })[shape] !== 0n,
    );
    this.linewise = (struct.flags & FILTER_LINEWISE) !== 0;
    this.ordered = (struct.flags & FILTER_ORDERED) !== 0;
  }

  /**
   * Whether the filter keeps a line. A call of a few hundred nanoseconds: for logs there is `run`.
   * @param line without its newline
   * @throws PluginFailedError, PluginClosedError
   */
  test(line: string | Uint8Array): boolean {
    this.#owner.ensureCallable('match');
    const bytes = typeof line === 'string' ? Buffer.from(line) : line;
    const kept = functionAt(this.#struct.match, 'match')(
      this.#owner.address,
      this.#stateOf(),
      bytes,
      bytes.length,
    ) as number;
    if (kept < 0) throw new PluginFailedError(this.#owner.label, 'match', statusName(kept), '');
    if (kept > 1) throw new ContractViolationError(this.#owner.label, 'match', 'match returned neither 0 nor 1');
    return kept === 1;
  }

  /** Frees what `test` needed. @internal */
  release(): void {
    if (this.#state) functionAt(this.#struct.state_free, 'state_free')(this.#owner.address, this.#state);
    this.#state = undefined;
  }

  #stateOf(): bigint {
    if (this.#state !== undefined) return this.#state;
    if (!this.#struct.state_new) {
      this.#state = 0n;
      return 0n;
    }
    const error = newError();
    const state = functionAt(this.#struct.state_new, 'state_new')(this.#owner.address, error) as bigint | null;
    if (!state)
      throw new PluginFailedError(this.#owner.label, 'state_new', statusName(error.readInt32LE(4)), messageOf(error));
    this.#state = state;
    return state;
  }
}

/** The exporter of a plugin. */
export class Exporter {
  /** Rows are independent, so blocks may be exported in parallel. */
  readonly rowwise: boolean;
  /** The address of its `plug_exporter`, for the engine. @internal */
  readonly address: bigint;

  /** @internal */
  constructor(address: bigint, struct: ExporterStruct) {
    this.address = address;
    this.rowwise = (struct.flags & EXPORTER_ROWWISE) !== 0;
  }
}
