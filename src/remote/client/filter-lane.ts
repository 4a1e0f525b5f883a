import { create } from '@bufbuild/protobuf';
import { ContractViolationError, type PlughostError, PluginFaultError } from '../../errors/index.js';
import type { Connection, Stream } from '../grpc/connection.js';
import { type Kept, KeptSchema, type Lines, LinesSchema } from '../grpc/plughost_pb.js';
import { faultOfKept, type Range, rangesOf } from './check-ranges.js';
import { failedOf } from './problem.js';

/** Lines of one block. */
export interface Asked {
  /** The bytes of the block; for a shared block as they are in the shared memory, to check the answer. */
  block: Uint8Array;
  /** Where the block is in the shared memory. Without it the bytes travel. */
  at?: bigint;
  /** The lines in question; without them all. */
  ranges?: readonly Range[];
}

interface Waiting {
  id: bigint;
  asked: Asked;
  resolve(kept: Range[]): void;
  reject(error: PlughostError): void;
}

const OPERATION = 'match';

/** A stream of a plugin's filter. It answers in the order of the requests, any number of which may be under way. */
export class FilterLane {
  readonly #label: string;
  readonly #stream: Stream<Lines>;
  readonly #waiting: Waiting[] = [];
  #nextId = 1n;
  #failure: PlughostError | undefined;

  constructor(label: string, connection: Connection) {
    this.#label = label;
    this.#stream = connection.stream('/plughost.v1.Filter/Match', LinesSchema, KeptSchema, {
      answer: (kept) => this.#answer(kept),
      end: (reason) => this.#fail(new PluginFaultError(label, OPERATION, reason, 'exit')),
    });
  }

  /**
   * Asks about lines. Returns the ranges of those that are kept.
   * @throws PluginFailedError, ContractViolationError, PluginFaultError
   */
  match(asked: Asked): Promise<Range[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const { block, at, ranges = [] } = asked;
    let end = 0;
    const gaps = ranges.flatMap((range) => {
      const gap = range.begin - end;
      end = range.end;
      return [gap, range.end - range.begin];
    });
    const bytesOf =
      at === undefined
        ? ({ case: 'data', value: block } as const)
        : ({ case: 'shared', value: { $typeName: 'plughost.v1.Shared', at, size: block.length } } as const);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, asked, resolve, reject });
      this.#stream.send(create(LinesSchema, { id, bytesOf, ranges: gaps }));
    });
  }

  /** Ends the stream. The plugin stops its work on it, and requests without an answer fail. */
  close(): void {
    this.#fail(new PluginFaultError(this.#label, OPERATION, 'the lane was closed', 'exit'));
    this.#stream.cancel();
  }

  #answer({ id, ranges, problem }: Kept): void {
    const waiting = this.#waiting.shift();
    if (!waiting || waiting.id !== id) {
      if (waiting) this.#waiting.unshift(waiting);
      this.#violated(`it answered request ${id}, and ${waiting ? `${waiting.id} is next` : 'there is none'}`);
      return;
    }
    if (problem) {
      waiting.reject(failedOf(this.#label, OPERATION, problem));
      return;
    }
    const { block, ranges: asked = [{ begin: 0, end: block.length }] } = waiting.asked;
    const kept = rangesOf(ranges, block.length);
    const fault = typeof kept === 'string' ? kept : faultOfKept(block, asked, kept);
    if (fault === undefined) {
      waiting.resolve(kept as Range[]);
      return;
    }
    this.#waiting.unshift(waiting);
    this.#violated(fault);
  }

  /** After an impossible answer nothing else of the stream is believed. */
  #violated(rule: string): void {
    this.#fail(new ContractViolationError(this.#label, OPERATION, rule));
    this.#stream.cancel();
  }

  #fail(error: PlughostError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
