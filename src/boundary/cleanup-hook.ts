import { addon } from '../addon.js';

/**
 * A hook that ends an instance, or a state of one. It runs once: when its owner calls `run`, or when the owner's worker
 * thread ends first while the process goes on. The hooks of a thread then run in reverse order. They do not run at the
 * end of the main thread, because the process ends with it.
 */
export class CleanupHook {
  readonly #token: number;

  private constructor(token: number) {
    this.#token = token;
  }

  /**
   * Claims the instance at an address, so that no other owner in the process can have it. Returns why not: another owner
   * has it (`loaded`), or had it and it cannot be initialised again (`spent`).
   */
  static ofInstance(plugin: bigint): CleanupHook | 'loaded' | 'spent' {
    const claimed = addon().claimInstance(plugin);
    return typeof claimed === 'string' ? claimed : new CleanupHook(claimed);
  }

  /** Makes the hook of a state that the plugin's `state_new` returned. */
  static ofState(plugin: bigint, state: bigint, stateFree: bigint): CleanupHook {
    return new CleanupHook(addon().addStateCleanup(plugin, state, stateFree));
  }

  /** Lets the hook of an instance call `destroy`, unless that is 0n. `spent`: no owner can claim the instance again. */
  callDestroy(destroy: bigint, spent: boolean): void {
    addon().setDestroy(this.#token, destroy, spent);
  }

  run(): void {
    addon().runCleanup(this.#token);
  }

  /** Removes the hook, which then never runs. */
  cancel(): void {
    addon().cancelCleanup(this.#token);
  }
}
