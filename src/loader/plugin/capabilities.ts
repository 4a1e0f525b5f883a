import { DETACHED, faultOfBytes } from '../../arguments/bytes.js';
import type { Matcher } from '../../boundary/boundary.js';
import { KIND_NAMES, KINDS, type Kind } from '../../contract/kinds.js';
import type { KindStruct } from '../../contract/structs.js';
import { UsageError } from '../../errors/index.js';
import { describeValue } from '../../text/describe.js';
import type { Checked } from './type-assertion.js';

/** A form of call: `line` takes one line, `batch` many lines, `scan` a whole block. A transform has no `scan`. */
export type Shape = 'scan' | 'batch' | 'line';

const NEWLINE = 0x0a;

const noLine = (reason: string) => new UsageError(`test: line: ${reason}`, { argument: 'line' });

/** The plugin of a capability. */
export interface CapabilityOwner {
  /** @throws PluginClosedError, PluginBusyError */
  ensureCallable(operation: string): void;
  matcher(filter: KindStruct<'filter'>): Matcher;
}

/** The filter of a plugin. */
export class Filter {
  /** The calls it offers, widest first. */
  readonly shapes: readonly Shape[];
  /** The answer for a line depends on that line alone. */
  readonly linewise: boolean;
  /** Lines must be seen in order, so a run has one worker. */
  readonly ordered: boolean;
  /** Its `plug_filter` as it was checked, for the engine. @internal */
  readonly bytes: Buffer;
  readonly #owner: CapabilityOwner;
  readonly #struct: KindStruct<'filter'>;
  #matcher: Matcher | undefined;

  /** @internal */
  constructor({ struct, bytes }: Checked<'filter'>, owner: CapabilityOwner) {
    this.#owner = owner;
    this.bytes = bytes;
    this.#struct = struct;
    const offered = { scan: struct.scan, batch: struct.match_batch, line: struct.match };
    this.shapes = (['scan', 'batch', 'line'] as const).filter((shape) => offered[shape]);
    this.linewise = (struct.flags & KINDS.filter.flags.LINEWISE) !== 0;
    this.ordered = (struct.flags & KINDS.filter.flags.ORDERED) !== 0;
  }

  /**
   * Returns whether the filter keeps a line. A call takes less than a microsecond; use `run` of the pipeline for whole
   * logs. The first call creates the filter's state, which all calls share.
   * @param line without its newline; text is encoded as UTF-8
   * @throws PluginFailedError, ContractViolationError, PluginClosedError, PluginBusyError; UsageError when it is not a
   * line
   */
  test(line: string | Uint8Array): boolean {
    const bytes = typeof line === 'string' ? Buffer.from(line) : line;
    const fault = faultOfBytes(bytes);
    if (fault) throw noLine(fault === 'detached' ? DETACHED : `text or bytes are needed, not ${describeValue(line)}`);
    // A filter never sees a newline in a run, and one answer for several lines would be wrong.
    if (bytes.includes(NEWLINE)) throw noLine('there is a newline in it; ask for one line, without its newline');
    this.#owner.ensureCallable('match');
    this.#matcher ??= this.#owner.matcher(this.#struct);
    return this.#matcher.match(bytes);
  }
}

/** The transform of a plugin. */
export class Transform {
  /** The calls it offers, widest first. */
  readonly shapes: readonly Shape[];
  /** The result for a line depends on that line alone. */
  readonly linewise: boolean;
  /** Lines must be seen in order, so a run has one worker. */
  readonly ordered: boolean;
  /** Its `plug_transform` as it was checked, for the engine. @internal */
  readonly bytes: Buffer;

  /** @internal */
  constructor({ struct, bytes }: Checked<'transform'>) {
    this.bytes = bytes;
    this.shapes = struct.transform_batch ? ['batch', 'line'] : ['line'];
    this.linewise = (struct.flags & KINDS.transform.flags.LINEWISE) !== 0;
    this.ordered = (struct.flags & KINDS.transform.flags.ORDERED) !== 0;
  }
}

/** The exporter of a plugin. */
export class Exporter {
  /** Rows are independent, so blocks may be exported in parallel. */
  readonly rowwise: boolean;
  /** It writes the numbers of lines (`numbers`) or the names of their inputs (`names`). */
  readonly numbers: boolean;
  readonly names: boolean;
  /** It stores points in time, so no time zone makes them text. */
  readonly times: boolean;
  /** It writes rows of columns, too. */
  readonly rows: boolean;
  /** Its `plug_exporter` as it was checked, for the engine. @internal */
  readonly bytes: Buffer;

  /** @internal */
  constructor({ struct, bytes }: Checked<'exporter'>) {
    this.bytes = bytes;
    this.rowwise = (struct.flags & KINDS.exporter.flags.ROWWISE) !== 0;
    this.numbers = (struct.flags & KINDS.exporter.flags.NUMBERS) !== 0;
    this.names = (struct.flags & KINDS.exporter.flags.NAMES) !== 0;
    this.times = (struct.flags & KINDS.exporter.flags.TIMES) !== 0;
    this.rows = struct.begin_rows !== 0n && struct.write_rows !== 0n;
  }
}

/** The parser of a plugin. */
export class Parser {
  /** The row of a line depends on that line alone. */
  readonly linewise: boolean;
  /** Lines must be seen in order, so a run has one worker. */
  readonly ordered: boolean;
  /** It has columns of any name. */
  readonly open: boolean;
  /** Its `plug_parser` as it was checked, for the engine. @internal */
  readonly bytes: Buffer;

  /** @internal */
  constructor({ struct, bytes }: Checked<'parser'>) {
    this.bytes = bytes;
    this.linewise = (struct.flags & KINDS.parser.flags.LINEWISE) !== 0;
    this.ordered = (struct.flags & KINDS.parser.flags.ORDERED) !== 0;
    this.open = (struct.flags & KINDS.parser.flags.OPEN) !== 0;
  }
}

/** The row filter of a plugin. */
export class RowFilter {
  /** The answer for a row depends on that row alone. */
  readonly linewise: boolean;
  /** Rows must be seen in order, so a run has one worker. */
  readonly ordered: boolean;
  /** Its `plug_row_filter` as it was checked, for the engine. @internal */
  readonly bytes: Buffer;

  /** @internal */
  constructor({ struct, bytes }: Checked<'row_filter'>) {
    this.bytes = bytes;
    this.linewise = (struct.flags & KINDS.row_filter.flags.LINEWISE) !== 0;
    this.ordered = (struct.flags & KINDS.row_filter.flags.ORDERED) !== 0;
  }
}

/** The aggregator of a plugin. */
export class Aggregator {
  /** Its `plug_aggregator` as it was checked, for the engine. @internal */
  readonly bytes: Buffer;

  /** @internal */
  constructor({ bytes }: Checked<'aggregator'>) {
    this.bytes = bytes;
  }
}

/** The class of each kind's capability. */
const CLASSES = {
  filter: Filter,
  transform: Transform,
  exporter: Exporter,
  parser: Parser,
  row_filter: RowFilter,
  aggregator: Aggregator,
} satisfies {
  [K in Kind]: new (
    checked: Checked<K>,
    owner: CapabilityOwner,
  ) => unknown;
};

/** What a plugin can do for lines, by kind; undefined for a kind that it does not offer. */
export type Capabilities = { readonly [K in Kind]: InstanceType<(typeof CLASSES)[K]> | undefined };

/** The checked structs of the kinds that a plugin offers. */
export type Extensions = { [K in Kind]?: Checked<K> | undefined };

/** Makes the capability of each kind that the plugin offers. */
export function capabilitiesOf(extensions: Extensions, owner: CapabilityOwner): Capabilities {
  const entries = KIND_NAMES.map((kind) => {
    const Capability = CLASSES[kind] as new (checked: unknown, owner: CapabilityOwner) => unknown;
    const checked = extensions[kind];
    return [kind, checked && new Capability(checked, owner)];
  });
  return Object.fromEntries(entries) as Capabilities;
}
