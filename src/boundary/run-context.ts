import type { NativeContext } from '../addon/calls.js';
import { addon } from '../addon.js';
import { CANCEL_ASKED, CANCEL_DEADLINE } from '../contract/constants.js';
import { CancelledError } from '../errors/index.js';
import type { CallOptions } from './boundary.js';

/** The `plug_ctx` of one call of `run`. It must outlive the call. */
export class RunContext {
  /** The native context, for calls that share its ownership. */
  readonly native: NativeContext;
  readonly #label: string;
  readonly #signal: AbortSignal | undefined;

  /** `options` has been checked. @throws CancelledError when the signal is aborted already */
  constructor(label: string, { signal, timeout = 0 }: CallOptions) {
    if (signal?.aborted) throw new CancelledError(`run ${label}`, { cause: signal.reason });
    this.native = new (addon().Context)(timeout);
    this.#label = label;
    this.#signal = signal;
  }

  get address(): bigint {
    return this.native.address;
  }

  /** Lets the signal raise the cancel word until the returned function is called. */
  listen(): () => void {
    const cancel = () => this.native.cancel(CANCEL_ASKED);
    this.#signal?.addEventListener('abort', cancel, { once: true });
    return () => this.#signal?.removeEventListener('abort', cancel);
  }

  /** Checks a call that ended early. @throws CancelledError when the signal or the deadline ended it */
  throwIfCancelled(): void {
    if (!this.native.cancelled) return;
    const what = `run ${this.#label}`;
    if (this.native.cancelled !== CANCEL_DEADLINE) throw new CancelledError(what, { cause: this.#signal?.reason });
    throw new CancelledError(what, { hint: 'the time was over; allow more with a larger timeout' });
  }
}
