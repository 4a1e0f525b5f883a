import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** A function of a plugin reported a failure. */
export class PluginFailedError extends PlughostError {
  readonly code = 'ERR_PLUGIN_FAILED';
  /** What messages call the plugin. */
  readonly label: string;
  /** Its function that failed, such as `run`. */
  readonly operation: string;
  /** The status's name in the contract, such as `IO` or `PANIC`. */
  readonly status: string;

  constructor(label: string, operation: string, status: string, message: string, details: ErrorDetails = {}) {
    super(`plugin ${label}: ${operation}: ${message || 'no reason given'} (${status})`, details);
    this.label = label;
    this.operation = operation;
    this.status = status;
  }
}

/** A plugin gave text that cannot be used: not UTF-8, without an end, or more than a string can hold. */
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
  /** How many lines it were, one unless the plugin's answers hang together. */
  lines: number;
  /** What became of them. */
  verdict: 'skipped' | 'kept' | 'stopped';
}

/** A plugin crashed, hung, ended its process or broke the protocol, in a process of its own. Nothing else was lost. */
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
