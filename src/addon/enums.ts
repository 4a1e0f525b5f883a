// Made by scripts/generate/enums.mjs from the headers in native/; a build writes it again.

/** The enumerations of native code by their C++ names, and the names of their values. */
export const ENUMS = {
  LongLines: ['fail', 'skip', 'split'],
  OnFault: ['skip', 'match', 'stop'],
  PrintForm: ['lines', 'names', 'json'],
  FailureKind: [
    'input',
    'decode',
    'no-decoder',
    'decoder-memory',
    'output',
    'plugin',
    'contract',
    'line-too-long',
    'fault',
  ],
  InputState: ['unread', 'refused', 'read'],
  Shape: ['auto', 'scan', 'batch', 'line', 'any'],
  FaultKind: ['crash', 'exit', 'kill', 'hang', 'panic', 'violation', 'refusal', 'no-process'],
  Verdict: ['passed', 'skipped', 'kept', 'stopped'],
  State: [
    'starting',
    'confining',
    'loading',
    'creating',
    'asserting',
    'init',
    'ready',
    'calling',
    'destroying',
    'ended',
    'refused',
  ],
  Refusal: ['none', 'version', 'sandbox', 'load', 'assertion', 'abi', 'config', 'failed', 'data', 'contract'],
  EntryKind: ['file', 'directory', 'link', 'other'],
} as const;
