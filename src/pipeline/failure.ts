import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import type { NativeFailure } from '../addon.js';
import { statusName } from '../contract/constants.js';
import {
  ContractViolationError,
  DecodeError,
  InputError,
  LineTooLongError,
  OutputError,
  type PlughostError,
  PluginFailedError,
} from '../errors.js';

/** Bytes; what the engine allows where nobody says otherwise. */
export const MAX_LINE = 16 << 20;

/** The error for people out of the facts that the engine gives. */
export function errorOf(failure: NativeFailure, output: string, maxLine: number | undefined): PlughostError {
  const { subject, operation, code, message, offset } = failure;
  switch (failure.kind) {
    case 'input':
      return new InputError(subject || 'the run', operation, systemReason(code));
    case 'decode':
      return new DecodeError(subject, operation, message, offset);
    case 'no-decoder':
      return new InputError(
        subject,
        'read',
        `it is compressed with ${operation}, and this build of plughost has no decoder for that`,
        {
          hint: 'install its library (Debian: zlib1g-dev, libzstd-dev) and build again with: npm run build',
        },
      );
    case 'output':
      return new OutputError(output, systemName(code), systemReason(code), {
        ...(systemName(code) === 'ENOSPC' && { hint: 'make room, or write elsewhere with -o FILE' }),
      });
    case 'line-too-long':
      return new LineTooLongError(subject, offset, `${maxLine || MAX_LINE} bytes`);
    case 'contract':
      return new ContractViolationError(subject, operation, message);
    case 'plugin':
      return new PluginFailedError(
        subject,
        operation,
        statusName(code),
        offset < 0 ? message : `${message} at byte ${offset}`,
      );
  }
}

function systemName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `error ${errno}`;
  }
}

/** The system's words, such as `no such file or directory`. */
function systemReason(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
}
