import type { NativeStage, StageOptions } from '../../addon/stage.js';
import { checked } from '../../arguments/argument.js';
import type { CallOptions, Instance } from '../../boundary/boundary.js';
import { callOptions } from '../../boundary/call-options.js';
import { Queue } from '../../boundary/queue.js';
import { KIND_NAMES, type Kind } from '../../contract/kinds.js';
import type { Manifest } from '../../contract/manifest.js';
import type { KindStruct } from '../../contract/structs.js';
import { CancelledError, CapabilityError, PluginBusyError, PluginClosedError } from '../../errors/index.js';
import type { FormName } from '../forms/form.js';
import { unserved } from '../forms/served.js';
import type { Library } from '../library/library.js';
import { type Capabilities, capabilitiesOf, type Extensions } from './capabilities.js';
import { deliverPluginLog } from './log.js';

export interface PluginDescription {
  name: string;
  label: string;
  id: string;
  form: FormName;
  path: string;
  manifest: Manifest | undefined;
  /** Its options, complete, as JSON. */
  config: string;
  /** Undefined for an isolated plugin, for one that an adapter runs, and for one that is linked into the host. */
  library: Library | undefined;
}

/** Ends the instances of plugins that the garbage collector collects before they are closed. */
const forgotten = new FinalizationRegistry<() => void>((end) => end());

/**
 * Limits the asynchronous calls that run at once, because each has a thread of its own. The limit is the size of Node's
 * thread pool, so a program with hundreds of plugins does not start hundreds of threads.
 */
const threads = new Queue(Math.max(1, Number(process.env.UV_THREADPOOL_SIZE) || 4));

/** What plugins can do for lines. */
export const CAPABILITIES = KIND_NAMES;
/** What a plugin can do for lines: the name of a kind. */
export type Capability = Kind;

/** A plugin that is known to have these capabilities. */
export type PluginWith<C extends Capability> = Plugin & { readonly [K in C]: NonNullable<Plugin[K]> };

// The class has one property for each kind, and its constructor sets all of them. They stand in an interface, because a
// class cannot declare the properties of a mapped type.
export interface Plugin extends Capabilities {}

/**
 * A loaded plugin, created by `loadPlugin`. Its control calls never overlap with each other or with a run of a
 * pipeline: a synchronous call then throws PluginBusyError, asynchronous calls wait for each other. After `close` every
 * call throws PluginClosedError. `filter`, `transform` and `exporter` are what it can do for lines, each undefined when the
 * plugin does not offer that kind.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor sets what the interface declares.
export class Plugin implements Disposable {
  /** The name that the plugin gives itself. */
  readonly name: string;
  /** Its name in messages: the manifest's name, or else the file's. */
  readonly label: string;
  /** The manifest's id, or the path without a manifest. */
  readonly id: string;
  /** What its author handed over: a library with native code, rules, a script, or a part of the host. */
  readonly form: FormName;
  /** The real path of its file; `builtin:` and its name for one that is linked into the host. */
  readonly path: string;
  readonly manifest: Manifest | undefined;
  /** Its options, complete, as JSON. @internal */
  readonly config: string;
  /**
   * The library that it was loaded from, as `open` returns it. Undefined for an isolated plugin, whose library is not
   * open in this process, and for rules, scripts and parts of the host, which are no library.
   */
  readonly library: Library | undefined;

  readonly #instance: Instance;
  readonly #end: () => void;
  readonly #turns = new Queue(1);
  #calls = 0;
  #users = 0;
  #closed = false;
  #ended = false;

  /** @param end destroys the instance; it must not refer to this object, so that this can be collected @internal */
  constructor(instance: Instance, description: PluginDescription, extensions: Extensions, end: () => void) {
    this.#instance = instance;
    this.#end = end;
    this.name = description.name;
    this.label = description.label;
    this.id = description.id;
    this.form = description.form;
    this.path = description.path;
    this.manifest = description.manifest;
    this.config = description.config;
    this.library = description.library;
    const owner = {
      ensureCallable: (operation: string) => this.#ensureQuiet(operation),
      matcher: (struct: KindStruct<'filter'>) => instance.matcher(struct),
    };
    Object.assign(this, capabilitiesOf(extensions, owner));
    forgotten.register(this, end, this);
  }

  /** Returns whether a value is a plugin, not only an object that looks like one. @internal */
  static isOne(value: unknown): value is Plugin {
    return typeof value === 'object' && value !== null && #instance in value;
  }

  /** Whether it runs in a process of its own. */
  get isolated(): boolean {
    return this.#instance.isolated;
  }

  /** What it can do for lines. */
  get capabilities(): Capability[] {
    return CAPABILITIES.filter((capability) => this[capability]);
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Runs the plugin's own job and returns its text. Blocks this thread, so a signal has an effect only if it is aborted
   * before the call; a thread of the engine watches the timeout.
   * @throws PluginFailedError, PluginDataError, ContractViolationError, CancelledError, PluginClosedError,
   * PluginBusyError, UsageError
   */
  run(options: CallOptions = {}): string {
    const by = checked(`run ${this.label}`, 'options', options, callOptions);
    this.#ensureQuiet('run');
    this.#ensureUnused('run');
    try {
      return this.#instance.run(by);
    } finally {
      deliverPluginLog();
    }
  }

  /**
   * As `run`, on another thread: JavaScript continues, and aborting the signal reaches the plugin during the call. The
   * call first waits for the plugin's earlier calls and for its turn among all plugins. Aborting the signal ends this
   * wait at once; the timeout starts after it.
   */
  async runAsync(options: CallOptions = {}): Promise<string> {
    const by = checked(`run ${this.label}`, 'options', options, callOptions);
    this.#ensureOpen('run');
    this.#ensureUnused('run');
    this.#calls++;
    const releases: (() => void)[] = [];
    try {
      // Waits for the plugin's own turn first, so that a plugin with many calls occupies one thread only.
      for (const queue of [this.#turns, threads]) releases.push(await this.#enter(queue, by.signal));
      return await this.#instance.runAsync(by);
    } finally {
      this.#calls--;
      for (const release of releases) release();
      deliverPluginLog();
      this.#endWhenIdle();
    }
  }

  /**
   * Ends the plugin when its current calls and runs have ended. The library stays mapped. A second call does nothing.
   */
  close(): void {
    this.#closed = true;
    this.#endWhenIdle();
  }

  /** Closes the plugin, as `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Keeps the instance alive for a run of a pipeline; `release` must follow. @internal */
  retain(operation = 'run'): void {
    this.#ensureQuiet(operation);
    this.#users++;
  }

  /** @internal */
  release(): void {
    this.#users--;
    this.#endWhenIdle();
  }

  /**
   * Makes a stage of a run. The caller retains the plugin while the run uses it.
   * @throws FormKindError, CapabilityError when the plugin does not offer this kind, or the shape that is asked for;
   * PluginClosedError
   * @internal
   */
  stage(
    kind: Capability,
    { invert = false, shape = 'auto' }: { [K in keyof StageOptions]?: StageOptions[K] | undefined } = {},
  ): NativeStage {
    const capability = this[kind];
    if (!capability) {
      throw unserved(this.label, this.form, kind) ?? new CapabilityError(this.label, kind, this.capabilities);
    }
    const shapes: readonly string[] = 'shapes' in capability ? capability.shapes : [];
    if (shape !== 'auto' && !shapes.includes(shape)) {
      throw new CapabilityError(this.label, `${kind} by ${shape}`, shapes);
    }
    this.#ensureOpen('run');
    return this.#instance.stage(kind, { invert, shape }, capability.bytes);
  }

  async #enter(queue: Queue, signal: AbortSignal | undefined): Promise<() => void> {
    try {
      return await queue.enter(signal);
    } catch (cause) {
      throw new CancelledError(`run ${this.label}`, { cause });
    }
  }

  #ensureOpen(operation: string): void {
    if (this.#closed) throw new PluginClosedError(this.label, operation);
  }

  #ensureQuiet(operation: string): void {
    this.#ensureOpen(operation);
    if (this.#calls > 0) throw new PluginBusyError(this.label, operation);
  }

  #ensureUnused(operation: string): void {
    if (this.#users > 0) throw new PluginBusyError(this.label, operation);
  }

  #endWhenIdle(): void {
    if (!this.#closed || this.#ended || this.#users > 0 || this.#calls > 0) return;
    this.#ended = true;
    forgotten.unregister(this);
    this.#end();
    deliverPluginLog();
  }
}
