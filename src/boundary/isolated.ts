import type { NativeFault } from '../addon/fault.js';
import type { IsolatedSpec, NativeCallResult, NativeDescription, NativeIsolated } from '../addon/isolated.js';
import type { NativeStage, StageOptions } from '../addon/stage.js';
import { addon } from '../addon.js';
import { CANCELLED, statusName } from '../contract/constants.js';
import type { Kind } from '../contract/kinds.js';
import { ContractViolationError, type PlughostError, PluginFailedError } from '../errors/index.js';
import type { CallOptions, Instance, Matcher } from './boundary.js';
import { nameOf, textOf } from './plugin-text.js';
import { RunContext } from './run-context.js';

/** A plugin in a process of its own, which cannot harm this one. The first call after a fault starts another process. */
export class IsolatedInstance implements Instance {
  readonly isolated = true;
  /** How the plugin described itself when it started. */
  readonly description: NativeDescription;
  readonly #native: NativeIsolated;
  readonly #label: string;
  readonly #errorOf: (fault: NativeFault) => PlughostError;

  /**
   * Starts the process, which calls the plugin's `init`.
   * @param errorOf makes the error for a fault
   * @throws the error of `errorOf`
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

  /** Returns the name that the plugin gives itself. @throws PluginDataError */
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
        const result = this.#native.match(line);
        this.#check('match', result);
        return result.kept;
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

  #text(result: NativeCallResult, context: RunContext): string {
    if (result.fault || result.code === CANCELLED) context.throwIfCancelled();
    this.#check('run', result);
    return textOf(this.#label, 'run', result.bytes);
  }

  #check(operation: string, result: NativeCallResult): asserts result is Extract<NativeCallResult, { bytes: Buffer }> {
    if (result.fault) {
      // Without a process, the operation is the one that the system refused the host.
      throw this.#errorOf(result.fault.kind === 'no-process' ? result.fault : { ...result.fault, operation });
    }
    if (result.code === undefined) return;
    // One call of the host may need several of the plugin: before `match`, the runner calls `state_new`.
    const name = result.operation || operation;
    if (result.contract) throw new ContractViolationError(this.#label, name, result.message);
    throw new PluginFailedError(this.#label, name, statusName(result.code), result.message);
  }
}
