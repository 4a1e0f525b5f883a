import { addon } from '../addon.js';

/**
 * What ends an instance, or a state of one: made once, by its owner, or when the owner's JavaScript thread ends without
 * having made it, because the process and the library go on. What was taken last is ended first. At the end of the main
 * thread nothing is made, because nothing goes on.
 */
export class CleanupHook {
  readonly #token: number;

  private constructor(token: number) {
    this.#token = token;
  }

  /**
   * Takes the instance at an address, which nobody else in the process can then take. Gives why not when somebody has
   * it (`loaded`), or had it and it cannot be initialised again (`spent`).
   */
  static ofInstance(plugin: bigint): CleanupHook | 'loaded' | 'spent' {
    const taken = addon().takeInstance(plugin);
    return typeof taken === 'string' ? taken : new CleanupHook(taken);
  }

  /** For a state that `state_new` gave. */
  static ofState(plugin: bigint, state: bigint, stateFree: bigint): CleanupHook {
    return new CleanupHook(addon().takeState(plugin, state, stateFree));
  }

  /** The end of an instance calls `destroy`, unless that is 0n; `spent`: nobody can take it afterwards. */
  callDestroy(destroy: bigint, spent: boolean): void {
    addon().endInstanceBy(this.#token, destroy, spent);
  }

  run(): void {
    addon().end(this.#token);
  }

  /** It must never be made. */
  cancel(): void {
    addon().forgetEnd(this.#token);
  }
}
