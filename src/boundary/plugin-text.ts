import { constants, isUtf8 } from 'node:buffer';
import { PluginDataError } from '../errors/index.js';
import { cleaned } from '../text/printable.js';

/** Decodes the name that a plugin gives itself. @throws PluginDataError when it cannot be printed */
export function nameOf(label: string, bytes: Buffer): string {
  if (!isUtf8(bytes)) throw badText(label, 'name', 'the text it gave is not UTF-8');
  const text = bytes.toString();
  if (text.trim() === '') throw badText(label, 'name', 'the text it gave is empty');
  if (cleaned(text) !== text) throw badText(label, 'name', 'the text it gave cannot be printed');
  return text;
}

/** Decodes what a plugin wrote. @throws PluginDataError when it is not UTF-8, or too long */
export function textOf(label: string, operation: string, bytes: Buffer): string {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw badText(label, operation, `it wrote ${bytes.length} bytes, more than a string can hold`);
  }
  if (!isUtf8(bytes)) throw badText(label, operation, 'it wrote bytes that are not UTF-8');
  return bytes.toString();
}

export function badText(label: string, operation: string, reason: string): PluginDataError {
  return new PluginDataError(label, operation, reason);
}
