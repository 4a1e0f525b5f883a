import type { Import } from './imports.js';

/**
 * Modules by layer, the lowest first. A module is a folder or one file. It may import modules of lower layers. Modules
 * of one layer do not know each other.
 */
export type Layers = readonly (readonly string[])[];

export const NATIVE: Layers = [
  ['native/include/plughost'],
  ['native/search', 'native/base', 'native/builtin'],
  ['native/os'],
  // What a host and its runners say to each other, and what the engine knows about plugins in its own process.
  ['native/ipc', 'native/engine/plugin'],
  ['native/engine/lines'],
  ['native/engine/input'],
  ['native/engine/stages'],
  ['native/engine/output'],
  ['native/engine/rows'],
  ['native/engine/parts'],
  ['native/engine/isolation'],
  ['native/engine/run'],
  ['native/runner', 'native/addon', 'native/fuzz'],
];

export const SOURCE: Layers = [
  // Small files about texts, and the rows of kinds.def.
  ['src/text', 'src/contract/kinds', 'src/package-folder'],
  ['src/errors'],
  ['src/files', 'src/addon'],
  ['src/arguments'],
  ['src/inspect', 'src/contract', 'src/scaffold'],
  ['src/remote'],
  ['src/boundary'],
  ['src/loader'],
  ['src/pipeline'],
  ['src/cli', 'src/index'],
];

/** Returns the module of a file. Throws when the file is in none. */
export function moduleOf(layers: Layers, path: string): string {
  const module = layers.flat().find((name) => path.startsWith(`${name}/`) || path === `${name}.ts`);
  if (!module) throw new Error(`${path} is in no layer: give it a place in test/structure/layers.ts`);
  return module;
}

/** Returns a sentence for each import that does not lead to a lower layer. */
export function wrongImports(layers: Layers, imports: readonly Import[]): string[] {
  const layerOf = (module: string) => layers.findIndex((modules) => modules.includes(module));
  return imports.flatMap(({ from, to }) => {
    const [own, other] = [moduleOf(layers, from), moduleOf(layers, to)];
    if (own === other || layerOf(other) < layerOf(own)) return [];
    return [`${from} imports ${to}: ${other} is ${layerOf(other) > layerOf(own) ? 'above' : 'beside'} ${own}`];
  });
}
