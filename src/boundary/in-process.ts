import { addon, type NativeContext, type NativeSink } from '../addon.js';
import { functionAt } from '../contract/calls.js';
import { CANCEL_ASKED, CANCEL_DEADLINE, CANCELLED, CONFIG, OK, PANIC, statusName } from '../contract/constants.js';
import { decodeStruct, type ErrorStruct, type PluginStruct, structs } from '../contract/structs.js';
import { CancelledError, ConfigError, ContractViolationError, PluginFailedError } from '../errors.js';
import type { CallOptions, Instance } from './boundary.js';
import { readCString } from './c-string.js';

const MOST_NAME = 256;

/** A plugin in this process, called through koffi. Shared memory is shared fate: a crash of the plugin is ours. */
export class InProcessInstance implements Instance {
  readonly address: bigint;
  readonly #struct: PluginStruct;
  readonly #label: string;
  // koffi builds a caller for each function; made at the first call and kept.
  readonly #functions = new Map<string, ReturnType<typeof functionAt>>();
  readonly #ids = new Map<string, Buffer>();
  #poisoned = false;

  /** `struct` has passed the type assertion. */
  constructor(address: bigint, struct: PluginStruct, label: string) {
    this.address = address;
    this.#struct = struct;
    this.#label = label;
  }

  name(): string {
    const address = this.#function('name')(this.address) as bigint | null;
    const bytes = address ? readCString(address, MOST_NAME) : null;
    if (!bytes) throw this.#violation('name', `name gave no text that ends within ${MOST_NAME} bytes`);
    const text = utf8(bytes);
    if (text === undefined || text === '' || /\p{Cc}/u.test(text)) {
      throw this.#violation('name', 'name gave a text that is empty, not UTF-8, or has control characters');
    }
    return text;
  }

  init(config: string): void {
    if (!this.#struct.init) return;
    const bytes = Buffer.from(config);
    const error = newError();
    const status = this.#function('init')(
      this.address,
      addon().hostFor(this.#label),
      { data: bytes, len: bytes.length },
      error,
    ) as number;
    if (status === CONFIG) throw new ConfigError(this.#label, messageOf(error) || 'the plugin refused its options');
    this.#check('init', status, error);
  }

  run({ signal, timeout }: CallOptions): string {
    if (signal?.aborted) throw new CancelledError(`run ${this.#label}`, { cause: signal.reason });
    this.#refuseIfPoisoned('run');
    const context = new (addon().Context)(timeout);
    const sink = new (addon().Sink)();
    const error = newError();
    const status = this.#function('run')(this.address, context.address, sink.address, error) as number;
    return this.#output(status, error, context, sink, signal);
  }

  async runAsync({ signal, timeout }: CallOptions): Promise<string> {
    if (signal?.aborted) throw new CancelledError(`run ${this.#label}`, { cause: signal.reason });
    this.#refuseIfPoisoned('run');
    const context = new (addon().Context)(timeout);
    const sink = new (addon().Sink)();
    const error = newError();
    const cancel = () => context.cancel(CANCEL_ASKED);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const status = await new Promise<number>((resolve, reject) => {
        this.#function('run').async(
          this.address,
          context.address,
          sink.address,
          error,
          (failure: unknown, result: number) => (failure ? reject(failure) : resolve(result)),
        );
      });
      return this.#output(status, error, context, sink, signal);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  extension(id: string): bigint {
    if (!this.#struct.extension) return 0n;
    let name = this.#ids.get(id);
    if (!name) {
      name = Buffer.from(`${id}\0`);
      this.#ids.set(id, name);
    }
    return (this.#function('extension')(this.address, name) as bigint | null) ?? 0n;
  }

  destroy(): void {
    if (this.#struct.destroy) this.#function('destroy')(this.address);
  }

  #function(call: 'name' | 'init' | 'run' | 'destroy' | 'extension'): ReturnType<typeof functionAt> {
    let found = this.#functions.get(call);
    if (!found) {
      found = functionAt(this.#struct[call], call);
      this.#functions.set(call, found);
    }
    return found;
  }

  #output(status: number, error: Buffer, context: NativeContext, sink: NativeSink, signal?: AbortSignal): string {
    const bytes = sink.take();
    if (status === CANCELLED && context.cancelled !== 0) {
      const late = context.cancelled === CANCEL_DEADLINE;
      throw new CancelledError(`run ${this.#label}`, {
        cause: late ? new Error('the time was over') : signal?.reason,
        ...(late && { hint: 'allow more time with a larger timeout' }),
      });
    }
    this.#check('run', status, error);
    const text = utf8(bytes);
    if (text === undefined) throw this.#violation('run', 'run wrote bytes that are not UTF-8');
    return text;
  }

  #check(operation: string, status: number, error: Buffer): void {
    if (status === PANIC) this.#poisoned = true;
    if (status > OK) throw this.#violation(operation, `${operation} returned status ${status}, which it cannot`);
    if (status < OK) throw new PluginFailedError(this.#label, operation, statusName(status), messageOf(error));
  }

  #refuseIfPoisoned(operation: string): void {
    if (this.#poisoned) {
      throw new PluginFailedError(this.#label, operation, statusName(PANIC), 'it broke in an earlier call', {
        hint: 'close it and load it again',
      });
    }
  }

  #violation(operation: string, rule: string): ContractViolationError {
    return new ContractViolationError(this.#label, operation, rule);
  }
}

/** A cleared plug_error whose size is set. */
export function newError(): Buffer {
  const error = Buffer.alloc(structs.plug_error.size);
  error.writeUInt32LE(error.length);
  return error;
}

/** The words in a plug_error; bytes that are not UTF-8 become U+FFFD. */
export function messageOf(error: Buffer): string {
  const { len, message } = decodeStruct<ErrorStruct>('plug_error', error);
  return Buffer.from(message.subarray(0, Math.min(len, message.length))).toString();
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
