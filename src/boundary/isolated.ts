import type { NativeFault } from '../addon/fault.js';
import type { IsolatedSpec, NativeCalled, NativeDescription, NativeIsolated } from '../addon/isolated.js';
import type { NativeStage, StageOptions } from '../addon/stage.js';
import { addon } from '../addon.js';
import { CANCELLED, statusName } from '../contract/constants.js';
import type { Kind } from '../contract/kinds.js';
import { ContractViolationError, type PlughostError, PluginFailedError } from '../errors/index.js';
import type { CallOptions, Instance, Matcher } from './boundary.js';
import { nameOf, textOf } from './plugin-text.js';
import { RunContext } from './run-context.js';

/** A plugin in a process of its own: what it does there does no harm here. A call after a fault starts it again. */
export class IsolatedInstance implements Instance {
  readonly isolated = true;
  /** What it said of itself when it was started. */
  readonly description: NativeDescription;
  readonly #native: NativeIsolated;
  readonly #label: string;
  readonly #errorOf: (fault: NativeFault) => PlughostError;

  /**
   * Starts it, which includes its `init`.
   * @param errorOf the error for a fault
   * @throws what `errorOf` gives
   */
  constructor(spec: IsolatedSpec, errorOf: (fault: NativeFault) => PlughostError) {
    this.#label = spec.label;
    this.#errorOf = errorOf;
    this.#native = new (addon().Isolated)(spec);
    const started = this.#native.start();
    if (started.fault) {
      this.#native.end();
      throw errorOf(started.fault);
    }
    this.description = started;
  }

  /** @throws PluginDataError */
  name(): string {
    return nameOf(this.#label, this.description.name);
  }

  run(options: CallOptions): string {
    const context = new RunContext(this.#label, options);
    return this.#text(this.#native.run(context.address), context);
  }

  async runAsync(options: CallOptions): Promise<string> {
    const context = new RunContext(this.#label, options);
    const stopListening = context.listen();
    try {
      return this.#text(await this.#native.runAsync(context.native), context);
    } finally {
      stopListening();
    }
  }

  matcher(): Matcher {
    return {
      match: (line) => {
        const called = this.#native.match(line);
        this.#check('match', called);
        return called.kept;
      },
      free() {},
    };
  }

  stage(kind: Kind, options: StageOptions): NativeStage {
    return this.#native.stage(kind, options);
  }

  destroy(): void {
    this.#native.end();
  }

  #text(called: NativeCalled, context: RunContext): string {
    if (called.fault || called.code === CANCELLED) context.throwIfCancelled();
    this.#check('run', called);
    return textOf(this.#label, 'run', called.bytes);
  }

  #check(operation: string, called: NativeCalled): asserts called is Extract<NativeCalled, { bytes: Buffer }> {
    if (called.fault) {
      // Where there was no process, the operation is what the host wanted of the system.
      throw this.#errorOf(called.fault.kind === 'no-process' ? called.fault : { ...called.fault, operation });
    }
    if (called.code === undefined) return;
    // A call of the host may take several of the plugin: `match` is asked with a state, which is made first.
    const name = called.operation || operation;
    if (called.contract) throw new ContractViolationError(this.#label, name, called.message);
    throw new PluginFailedError(this.#label, name, statusName(called.code), called.message);
  }
}
