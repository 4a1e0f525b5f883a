import { addon } from '../addon.js';

/**
 * A call of a plugin that must still be made when its JavaScript thread ends without having made it, because the process
 * and the library go on. At the end of the main thread there is nothing that goes on.
 */
export class LastCall {
  readonly #token: number;

  /** `ending` is the address of `destroy`, or of `state_free` when there is a state. The last one made is called first. */
  constructor(ending: bigint, plugin: bigint, state = 0n) {
    this.#token = addon().callAtEnd(ending, plugin, state);
  }

  /** The call has been made, or must not be. */
  forget(): void {
    addon().forgetCall(this.#token);
  }
}
