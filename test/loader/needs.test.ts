import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { type Exporter, type Filter, loadPlugin } from '../../src/index.js';
import { thrown } from '../helpers/thrown.js';

const builtIn = (name: string) => join(buildFolder, `plugins/lib${name}.so`);

describe('what a plugin must be able to do', () => {
  test('is known to be there, to the compiler too', () => {
    using plugin = loadPlugin(builtIn('contains'), { needs: ['filter'], config: { text: 'x' } });
    expectTypeOf(plugin.filter).toEqualTypeOf<Filter>();
    expectTypeOf(plugin.exporter).toEqualTypeOf<Exporter | undefined>();
    expect([plugin.filter.test('xyz'), plugin.capabilities]).toEqual([true, ['filter']]);
  });

  test('is asked of each', () => {
    expect(thrown(() => loadPlugin(builtIn('jsonl'), { needs: ['exporter', 'filter'] }))).toEqual({
      code: 'ERR_CAPABILITY',
      message: 'plugin jsonl: it is no filter',
      hint: 'it is: exporter',
    });
    expect(thrown(() => loadPlugin(builtIn('greet'), { needs: ['exporter'] })).message).toBe(
      'plugin greet: it is no exporter',
    );
  });
});
