// Lets scripts import TypeScript of the tests: bundles it and imports the bundle.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

// Keeps import.meta.dirname and import.meta.url as they are in the source file.
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

/** Returns the exports of these files of a folder of the project, as one object. */
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
