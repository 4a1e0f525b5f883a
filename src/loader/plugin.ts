import type { CallOptions, Instance } from '../boundary/boundary.js';
import type { Manifest } from '../contract/manifest.js';
import { PluginBusyError, PluginClosedError } from '../errors.js';
import type { Exporter, Filter, Owner } from './capabilities.js';
import { deliverPluginLog } from './log.js';

/** What a plugin turned out to be able to do, when it was loaded. */
export interface Capabilities {
  filter: Filter | undefined;
  exporter: Exporter | undefined;
}

export interface PluginFacts {
  name: string;
  label: string;
  id: string;
  path: string;
  manifest: Manifest | undefined;
}

/**
 * A loaded plugin. Calls of one instance never overlap: asynchronous ones wait for each other, a synchronous one in
 * between is refused. After `close` every call is a PluginClosedError.
 */
export class Plugin implements Owner {
  /** The name that the plugin gives itself. */
  readonly name: string;
  /** What messages call it: the manifest's name, else the file's. */
  readonly label: string;
  /** The manifest's id, else the path. */
  readonly id: string;
  readonly path: string;
  readonly manifest: Manifest | undefined;
  readonly filter: Filter | undefined;
  readonly exporter: Exporter | undefined;

  readonly #instance: Instance;
  readonly #onDestroy: () => void;
  #queue: Promise<unknown> = Promise.resolve();
  #running = 0;
  #users = 0;
  #closed = false;

  /** @internal */
  constructor(
    instance: Instance,
    facts: PluginFacts,
    capabilities: (owner: Owner) => Capabilities,
    onDestroy: () => void,
  ) {
    this.#instance = instance;
    this.#onDestroy = onDestroy;
    this.name = facts.name;
    this.label = facts.label;
    this.id = facts.id;
    this.path = facts.path;
    this.manifest = facts.manifest;
    ({ filter: this.filter, exporter: this.exporter } = capabilities(this));
  }

  /** The address of the `plug_plugin`, for the engine. @internal */
  get address(): bigint {
    return this.#instance.address;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Does the plugin's own job and gives its text. Blocks this thread, so a signal counts only if it is aborted already;
   * `timeout` (milliseconds) reaches the plugin as its deadline.
   * @throws PluginFailedError, ContractViolationError, CancelledError, PluginClosedError, PluginBusyError
   */
  run(options: CallOptions = {}): string {
    this.ensureCallable('run');
    try {
      return this.#instance.run(options);
    } finally {
      deliverPluginLog();
    }
  }

  /** As `run`, on another thread: JavaScript goes on, and aborting the signal reaches the plugin while it works. */
  runAsync(options: CallOptions = {}): Promise<string> {
    this.#ensureOpen('run');
    this.#running++;
    const call = this.#queue.then(() => this.#instance.runAsync(options));
    const ended = call.then(
      () => {},
      () => {},
    );
    this.#queue = ended.then(() => {
      this.#running--;
      deliverPluginLog();
      this.#destroyWhenIdle();
    });
    return call;
  }

  /** Ends the plugin once nothing uses it any more; the library stays mapped. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#destroyWhenIdle();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Keeps the instance alive over a run; `release` must follow. @internal */
  retain(operation: string): void {
    this.#ensureOpen(operation);
    this.#users++;
  }

  /** @internal */
  release(): void {
    this.#users--;
    this.#destroyWhenIdle();
  }

  /** @internal */
  ensureCallable(operation: string): void {
    this.#ensureOpen(operation);
    if (this.#running > 0) throw new PluginBusyError(this.label, operation);
  }

  #ensureOpen(operation: string): void {
    if (this.#closed) throw new PluginClosedError(this.label, operation);
  }

  #destroyWhenIdle(): void {
    if (!this.#closed || this.#users > 0 || this.#running > 0) return;
    this.filter?.release();
    this.#onDestroy();
    deliverPluginLog();
  }
}
