import { create } from '@bufbuild/protobuf';
import { ABI_MAJOR, ABI_MINOR } from '../../contract/constants.js';
import { type Manifest, parseManifest } from '../../contract/manifest.js';
import {
  ContractViolationError,
  PlughostError,
  PluginDataError,
  PluginFaultError,
  reasonOf,
} from '../../errors/index.js';
import type { Connection } from '../grpc/connection.js';
import {
  ChunkSchema,
  DescribeRequestSchema,
  DescribeResponseSchema,
  InitRequestSchema,
  InitResponseSchema,
  RunRequestSchema,
} from '../grpc/plughost_pb.js';
import { FilterLane } from './filter-lane.js';
import { failedOf } from './problem.js';

/** What a plugin says of itself. The flags of a kind that it does not offer are undefined. */
export interface Description {
  manifest: Manifest;
  name: string;
  filter: number | undefined;
  transform: number | undefined;
  exporter: number | undefined;
  sharedBlocks: boolean;
  lanes: number;
}

/** The memory that blocks lie in: the number of its descriptor in the plugin, and its size. */
export interface BlockMemory {
  descriptor: number;
  size: bigint;
}

/** The largest number of lanes that is believed. */
const MAX_LANES = 1024;
/** The limits of plug_filter.literal. */
const MAX_LITERAL = 1024;
const MAX_LITERALS = 16;
/** The longest text of a run, in bytes. */
const MAX_TEXT = 64 << 20;

/**
 * Calls a plugin that is a program: native/include/plughost/grpc/plughost.proto. Checks all that comes back. Failures are
 * PluginFailedError where the plugin reports one, ContractViolationError where its answer is impossible, and
 * PluginFaultError where there is no answer.
 */
export class PluginClient {
  readonly #label: string;
  readonly #connection: Connection;
  readonly #timeout: number;

  /** @param timeout milliseconds for one call, but not for those about lines */
  constructor(label: string, connection: Connection, timeout: number) {
    this.#label = label;
    this.#connection = connection;
    this.#timeout = timeout;
  }

  /** @throws ManifestError when the manifest is not valid */
  async describe(host: string): Promise<Description> {
    const request = create(DescribeRequestSchema, { abiMajor: ABI_MAJOR, abiMinor: ABI_MINOR, host });
    const said = await this.#answered('describe', () =>
      this.#connection.call(
        '/plughost.v1.Plugin/Describe',
        DescribeRequestSchema,
        request,
        DescribeResponseSchema,
        this.#timeout,
      ),
    );
    if (said.lanes > MAX_LANES) throw this.#violated('describe', `it has ${said.lanes} lanes`);
    const { filter, transform, exporter, sharedBlocks } = said;
    for (const flags of [filter, transform]) {
      if (flags !== undefined && flags > 2) throw this.#violated('describe', `a kind has the flags ${flags}`);
    }
    // Numbers of lines and names of inputs do not travel.
    if (exporter !== undefined && exporter > 1)
      throw this.#violated('describe', `its exporter has the flags ${exporter}`);
    const manifest = parseManifest(said.manifest);
    const lanes = Math.max(said.lanes, 1);
    return { manifest, name: said.name || manifest.name, filter, transform, exporter, sharedBlocks, lanes };
  }

  /** Returns the texts that the host may search for. */
  async init(config: string, memory?: BlockMemory): Promise<Uint8Array[]> {
    const request = create(InitRequestSchema, {
      config: Buffer.from(config),
      ...(memory && { blocksDescriptor: memory.descriptor, blocksSize: memory.size }),
    });
    const { literals, problem } = await this.#answered('init', () =>
      this.#connection.call('/plughost.v1.Plugin/Init', InitRequestSchema, request, InitResponseSchema, this.#timeout),
    );
    if (problem) throw failedOf(this.#label, 'init', problem);
    for (const text of literals) {
      const possible = text.length > 0 && text.length <= MAX_LITERAL && !text.includes(0x0a);
      if (!possible) throw this.#violated('init', 'a literal is empty, too long, or has a newline');
    }
    return literals.length > MAX_LITERALS ? [] : literals;
  }

  /** Returns what the plugin prints when it is run. */
  async run(): Promise<string> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    await this.#answered(
      'run',
      () =>
        new Promise<void>((resolve, reject) => {
          const stream = this.#connection.stream('/plughost.v1.Plugin/Run', RunRequestSchema, ChunkSchema, {
            answer: ({ text, problem }) => {
              pieces.push(text);
              size += text.length;
              if (problem) reject(failedOf(this.#label, 'run', problem));
              else if (size > MAX_TEXT) reject(new PluginDataError(this.#label, 'run', 'its text is too long'));
              else return;
              stream.cancel();
            },
            end: (reason, whole) => (whole ? resolve() : reject(new Error(reason))),
          });
          stream.send(create(RunRequestSchema));
          stream.end();
        }),
    );
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
    } catch {
      throw new PluginDataError(this.#label, 'run', 'its text is not UTF-8');
    }
  }

  /** Opens a stream of the filter. */
  filterLane(): FilterLane {
    return new FilterLane(this.#label, this.#connection);
  }

  async #answered<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof PlughostError) throw error;
      throw new PluginFaultError(this.#label, operation, reasonOf(error), 'exit', { cause: error });
    }
  }

  #violated(operation: string, rule: string): ContractViolationError {
    return new ContractViolationError(this.#label, operation, rule);
  }
}
