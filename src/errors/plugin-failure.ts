import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** A function of a plugin reported a failure. */
export class PluginFailedError extends PlughostError {
  readonly code = 'ERR_PLUGIN_FAILED';
  /** The plugin's name in messages. */
  readonly label: string;
  /** The function that failed, such as `run`. */
  readonly operation: string;
  /** The status's name in the contract, such as `IO` or `PANIC`. */
  readonly status: string;
  /** The plugin's own words. @internal */
  readonly reason: string;

  constructor(label: string, operation: string, status: string, message: string, details: ErrorDetails = {}) {
    super(`plugin ${label}: ${operation}: ${message || 'no reason given'} (${status})`, details);
    this.reason = message;
    this.label = label;
    this.operation = operation;
    this.status = status;
  }
}

/** A plugin returned text that cannot be used: not UTF-8, not terminated, or longer than a string can be. */
export class PluginDataError extends PlughostError {
  readonly code = 'ERR_PLUGIN_DATA';

  constructor(label: string, operation: string, reason: string) {
    super(`plugin ${label}: ${operation}: ${reason}`, { hint: 'this is a fault of the plugin; tell its author' });
  }
}

/** A plugin did something that the contract forbids. */
export class ContractViolationError extends PlughostError {
  readonly code = 'ERR_CONTRACT_VIOLATION';

  constructor(label: string, operation: string, rule: string) {
    super(`plugin ${label}: ${operation}: ${rule}`, {
      hint: 'this is a fault of the plugin; tell its author',
    });
  }
}

/** Where in a run a plugin failed. */
export interface FaultPlace {
  /** The name of the input. */
  input: string;
  /** The number of the line, from 1; undefined when it is not known. */
  line: number | undefined;
  /** Bytes, in the input's text. */
  offset: number;
  /** The number of lines: 1, unless the plugin's answers depend on each other. */
  lines: number;
  /** What happened to the lines. */
  verdict: 'skipped' | 'kept' | 'stopped';
}

/** An isolated plugin crashed, hung, ended its process or broke the protocol. Nothing else was lost. */
export class PluginFaultError extends PlughostError {
  readonly code = 'ERR_PLUGIN_FAULT';
  readonly kind: string;
  readonly place: FaultPlace | undefined;

  constructor(
    label: string,
    operation: string,
    reason: string,
    kind: string,
    { place, ...details }: ErrorDetails & { place?: FaultPlace } = {},
  ) {
    super(`plugin ${label}: ${operation}: ${reason}`, {
      hint: 'this is a fault of the plugin; tell its author',
      ...details,
    });
    this.kind = kind;
    this.place = place;
  }
}
