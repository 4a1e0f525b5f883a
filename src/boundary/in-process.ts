import type { NativeInProcess } from '../addon/in-process.js';
import type { NativeStage, StageOptions } from '../addon/stage.js';
import { addon } from '../addon.js';
import { callAt, initAt, matchAt } from '../contract/calls.js';
import { CANCELLED, CONFIG, OK, PANIC, statusName } from '../contract/constants.js';
import type { Kind } from '../contract/kinds.js';
import type { KindStruct, PluginStruct } from '../contract/structs.js';
import { ConfigError, ContractViolationError, PluginFailedError } from '../errors/index.js';
import type { CallOptions, Instance, Matcher } from './boundary.js';
import { readCString } from './c-string.js';
import { CleanupHook } from './cleanup-hook.js';
import { insidePlugin } from './inside-plugin.js';
import { PluginErrorSlot } from './plugin-error.js';
import { badText, nameOf, textOf } from './plugin-text.js';
import { RunContext } from './run-context.js';

const MAX_NAME = 256;

/** A plugin in this process, called by src/contract/calls.ts. A crash of the plugin is a crash of this process. */
export class InProcessInstance implements Instance {
  readonly isolated = false;
  readonly #address: bigint;
  readonly #native: NativeInProcess;
  readonly #struct: PluginStruct;
  readonly #label: string;
  readonly #matchers = new Set<Matcher>();
  readonly #cleanup: CleanupHook;

  /** `struct` has passed the type assertion. `cleanup` is the hook of the instance. */
  constructor(address: bigint, struct: PluginStruct, label: string, cleanup: CleanupHook) {
    this.#address = address;
    this.#native = new (addon().InProcess)(address, label);
    this.#struct = struct;
    this.#label = label;
    this.#cleanup = cleanup;
  }

  /** Calls the plugin's `init`, once, before any other method. `config` is JSON. @throws ConfigError, PluginFailedError */
  init(config: string): void {
    const { init } = this.#struct;
    if (!init) return;
    const bytes = Buffer.from(config);
    const error = new PluginErrorSlot();
    const host = addon().hostFor(this.#label);
    const status = insidePlugin(this.#label, 'init', () => initAt(init, this.#address, host, bytes, error.bytes));
    if (status === CONFIG) throw new ConfigError(this.#label, error.message || 'the plugin refuses its options');
    this.#check('init', status, error);
  }

  /** Returns the name that the plugin gives itself. @throws PluginDataError */
  name(): string {
    const address = this.#call('name', this.#struct.name, this.#address) as bigint | null;
    const bytes = address && readCString(address, MAX_NAME);
    if (!bytes) throw badText(this.#label, 'name', `what it gave is no text that ends within ${MAX_NAME} bytes`);
    return nameOf(this.#label, bytes);
  }

  run(options: CallOptions): string {
    const context = new RunContext(this.#label, options);
    const sink = new (addon().Sink)();
    const error = new PluginErrorSlot();
    const pointers = [this.#address, context.address, sink.address, error.bytes];
    const status = this.#call('run', this.#struct.run, ...pointers) as number;
    return this.#output(status, context, sink.take(), error);
  }

  async runAsync(options: CallOptions): Promise<string> {
    const context = new RunContext(this.#label, options);
    const stopListening = context.listen();
    try {
      this.#ensureSound('run');
      const host = addon().hostFor(this.#label);
      const { runAsync } = addon().calls;
      const { status, bytes, error } = await runAsync(this.#struct.run, this.#address, host, context.native);
      return this.#output(status, context, bytes, new PluginErrorSlot(error));
    } finally {
      stopListening();
    }
  }

  /** Returns the address of the struct of an extension, or 0n when the plugin does not offer it. */
  extension(id: string): bigint {
    if (!this.#struct.extension) return 0n;
    return (
      (this.#call('extension', this.#struct.extension, this.#address, Buffer.from(`${id}\0`)) as bigint | null) ?? 0n
    );
  }

  matcher(filter: KindStruct<'filter'>): Matcher {
    const state = filter.state_new ? this.#newState(filter.state_new) : 0n;
    const match = matchAt(filter.match, addon().hostFor(this.#label));
    const cleanup = state ? CleanupHook.ofState(this.#address, state, filter.state_free) : undefined;
    const matcher = {
      match: (line: Uint8Array) => {
        this.#ensureSound('match');
        const kept = match(this.#address, state, line);
        if (kept === 0 || kept === 1) return kept === 1;
        if (kept < 0) this.#fail('match', kept, '');
        throw new ContractViolationError(this.#label, 'match', `it returned ${kept}, and only 0 and 1 are answers`);
      },
      free: () => {
        this.#matchers.delete(matcher);
        // Only `destroy` may be called in a broken instance, so its state is leaked.
        if (this.#native.broken) cleanup?.cancel();
        else insidePlugin(this.#label, 'state_free', () => cleanup?.run(), cleanup !== undefined);
      },
    };
    this.#matchers.add(matcher);
    return matcher;
  }

  stage(kind: Kind, options: StageOptions, calls: Buffer): NativeStage {
    return this.#native.stage(kind, options, calls);
  }

  destroy(): void {
    this.#native.end();
    for (const matcher of this.#matchers) matcher.free();
    insidePlugin(this.#label, 'destroy', () => this.#cleanup.run());
  }

  #newState(create: bigint): bigint {
    const error = new PluginErrorSlot();
    const state = this.#call('state_new', create, this.#address, error.bytes) as bigint | null;
    if (!state && error.code >= OK)
      throw new ContractViolationError(this.#label, 'state_new', 'it gave no state and no error');
    if (!state) this.#fail('state_new', error.code, error.message);
    return state as bigint;
  }

  #call(operation: Parameters<typeof callAt>[1], address: bigint, ...values: unknown[]): unknown {
    this.#ensureSound(operation);
    const call = () => callAt(address, operation, ...values);
    // Both are called during the load, which compares the state of the process as a whole.
    return insidePlugin(this.#label, operation, call, operation !== 'name' && operation !== 'extension');
  }

  #ensureSound(operation: string): void {
    if (!this.#native.broken) return;
    throw new PluginFailedError(this.#label, operation, statusName(PANIC), 'it broke in an earlier call', {
      hint: 'close it and load it again',
    });
  }

  #output(status: number, context: RunContext, bytes: Buffer, error: PluginErrorSlot): string {
    if (status === CANCELLED) context.throwIfCancelled();
    this.#check('run', status, error);
    return textOf(this.#label, 'run', bytes);
  }

  #check(operation: string, status: number, error: PluginErrorSlot): void {
    if (status < OK) this.#fail(operation, status, error.message);
    if (status > OK) {
      throw new ContractViolationError(this.#label, operation, `it returned the status ${status}, which it cannot`);
    }
  }

  #fail(operation: string, status: number, message: string): never {
    if (status === PANIC) this.#native.markBroken();
    throw new PluginFailedError(this.#label, operation, statusName(status), message);
  }
}
