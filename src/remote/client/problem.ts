import { statusName } from '../../contract/constants.js';
import { PluginFailedError } from '../../errors/index.js';
import type { Problem } from '../grpc/plughost_pb.js';

/** Returns the error for what a plugin says went wrong. A status that is none is an internal one. */
export function failedOf(label: string, operation: string, { code, message }: Problem): PluginFailedError {
  return new PluginFailedError(label, operation, statusName(code < 0 ? code : INTERNAL), message);
}

const INTERNAL = -9;
