import { expect, test } from 'vitest';
import { notableImports } from '../../src/inspect/notable-imports.js';

test('the imports that one would like to know of are told by what they do', () => {
  const imports = ['malloc', 'fork', 'system', '_exit', 'puts', 'my_exit', 'socketpair', 'LoadLibraryW'].map(
    (name) => ({
      name,
      optional: false,
      library: undefined,
    }),
  );
  expect(notableImports(imports)).toEqual([
    { does: 'end the process', names: ['_exit'] },
    { does: 'start programs', names: ['fork', 'system'] },
    { does: 'load or make code', names: ['LoadLibraryW'] },
  ]);
  expect(notableImports([])).toEqual([]);
});
