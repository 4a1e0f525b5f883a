// Writes src/addon/enums.ts: the enumerations of native code whose names TypeScript reads or gives. See
// native/base/named_enum.hpp.
import { listOf } from './list.mjs';

/** What host and runner say to each other, and the addon does not pass on. */
const INTERNAL = ['Operation', 'Outcome'];

/** Returns the enumerations of a header by name: the names of their values as other languages write them. */
export function readEnums(text) {
  const lists = text.replaceAll(/\/\/.*/g, '').matchAll(/^PLUGHOST_NAMED_ENUM\((\w+),([^)]*)\)/gm);
  return Array.from(lists, ([, name, list]) => [
    name,
    list.split(',').map((value) => value.trim().replace(/_$/, '').replaceAll('_', '-')),
  ]);
}

/** Returns the text of src/addon/enums.ts. `headers` are the texts of all headers of native/. */
export function enumsOf(headers) {
  const rows = headers
    .flatMap(readEnums)
    .filter(([name]) => !INTERNAL.includes(name))
    .map(([name, values]) => `  ${name}: ${listOf(values, `  ${name}: ,`.length)},\n`);
  return `// Made by scripts/generate/enums.mjs from the headers in native/; a build writes it again.

/** The enumerations of native code by their C++ names, and the names of their values. */
export const ENUMS = {
${rows.join('')}} as const;
`;
}
