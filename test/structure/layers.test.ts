import { describe, expect, it } from 'vitest';
import { NATIVE_FILES, SOURCE_FILES } from './files.js';
import { circles, type Import, nativeImports, sourceImports } from './imports.js';
import { moduleOf, NATIVE, SOURCE, wrongImports } from './layers.js';

const includes = nativeImports();
const imports = sourceImports();

describe('files of native/', () => {
  it('include only their own module and lower layers', () => {
    expect(NATIVE_FILES.length).toBeGreaterThan(150);
    expect(includes.length).toBeGreaterThan(300);
    for (const path of NATIVE_FILES) moduleOf(NATIVE, path);
    expect(wrongImports(NATIVE, includes)).toEqual([]);
  });

  it('do not include each other in a circle', () => {
    expect(circles(includes)).toEqual([]);
  });
});

describe('files of src/', () => {
  it('import only their own module and lower layers', () => {
    expect(SOURCE_FILES.length).toBeGreaterThan(100);
    expect(imports.length).toBeGreaterThan(300);
    for (const path of SOURCE_FILES) moduleOf(SOURCE, path);
    expect(wrongImports(SOURCE, imports)).toEqual([]);
  });

  it('do not import each other in a circle, not even for types', () => {
    const forTypes = { from: 'src/pipeline/run-promise.ts', to: 'src/pipeline/run-result.ts' };
    expect(imports).toContainEqual(forTypes);
    expect(circles(imports)).toEqual([]);
  });
});

describe('the rule of layers', () => {
  const link = (from: string, to: string): Import => ({ from, to });

  it('names the file, what it imports, and why it may not', () => {
    expect(wrongImports(SOURCE, [link('src/loader/discover.ts', 'src/cli/main.ts')])).toEqual([
      'src/loader/discover.ts imports src/cli/main.ts: src/cli is above src/loader',
    ]);
    expect(wrongImports(NATIVE, [link('native/runner/main.cpp', 'native/addon/addon.cpp')])).toEqual([
      'native/runner/main.cpp imports native/addon/addon.cpp: native/addon is beside native/runner',
    ]);
    expect(wrongImports(NATIVE, [link('native/engine/plugin/failure.hpp', 'native/ipc/fault.hpp')])).toEqual([
      'native/engine/plugin/failure.hpp imports native/ipc/fault.hpp: native/ipc is beside native/engine/plugin',
    ]);
    expect(wrongImports(SOURCE, [link('src/cli/main.ts', 'src/loader/discover.ts')])).toEqual([]);
  });

  it('has a place for each file', () => {
    expect(() => moduleOf(SOURCE, 'src/new.ts')).toThrow('src/new.ts is in no layer');
  });

  it('reports each circle once, by its shortest way', () => {
    const links = [link('b', 'c'), link('c', 'a'), link('a', 'b'), link('a', 'd'), link('d', 'a'), link('e', 'a')];
    expect(circles(links)).toEqual(['a → b → c → a', 'a → d → a']);
  });
});
