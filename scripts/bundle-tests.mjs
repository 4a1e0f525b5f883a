// Code of the tests for scripts: a bundle, imported.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

// Its files still know where they are.
const inPlace = {
  name: 'files know their place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

/** Gives what files in a folder of the project export, all together. */
export async function importTests(folder, files) {
  const outfile = join(root, 'build', `${folder.replaceAll('/', '-')}.mjs`);
  const contents = files.map((file) => `export * from './${file}.js';`).join('\n');
  await build({
    stdin: { contents, resolveDir: join(root, folder), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
    plugins: [inPlace],
  });
  return import(pathToFileURL(outfile).href);
}
