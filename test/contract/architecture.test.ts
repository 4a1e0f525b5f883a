import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../e2e/command.js';
import { FILES, noClone, proseOf } from '../helpers/pages.js';

// docs/architecture.md names rooms, files, classes and functions. test/contract/links.test.ts checks its paths.

const text = proseOf('docs/architecture.md');
const sources = FILES.filter((file) => /^(bin|native|src)\/.*\.(c|cpp|def|h|hpp|js|ts)$/.test(file));

/** The names of code in spans of code: `Source::next`, `read_run_spec`, `BatchQueue`. No words of C or of the system. */
const names = [...text.matchAll(/`([A-Za-z_]\w*(?:::\w+)*)(?:\(\))?`/g)]
  .flatMap(([, name = '']) => name.split('::'))
  .filter((name) => !['dlopen', 'writev', 'using', 'test', 'plughost'].includes(name));

/** A file without its comments, whose words are no names. */
const codeOf = (file: string) => readFileSync(join(ROOT, file), 'utf8').replace(/\/\*.*?\*\/|\/\/.*?$/gms, '');

/** The folders of the sources that hold files, from the second level on; deeper ones belong to the room above them. */
const rooms = [
  ...new Set(
    sources.flatMap(
      (file) => /^(native\/engine\/\w+|native\/include\/\w+|native\/\w+|src\/\w+)\//.exec(file)?.[1] ?? [],
    ),
  ),
];

describe.skipIf(noClone)(`docs/architecture.md${noClone ? ` (skipped: ${noClone})` : ''}`, () => {
  test('names every room of native/ and src/', () => {
    expect(rooms.length).toBeGreaterThan(20);
    expect(rooms.filter((room) => room !== 'native/engine' && !text.includes(`\`${room}/\``))).toEqual([]);
  });

  test('names only classes and functions that exist', () => {
    const words = new Set(sources.flatMap((file) => codeOf(file).match(/[A-Za-z_]\w*/g) ?? []));
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });
});
