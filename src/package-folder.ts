import { dirname, resolve } from 'node:path';

/** Where our code is: this file, or the bundle that contains it. A bundle in CommonJS has no `import.meta`. */
export const ownFile: string = import.meta.filename ?? __filename;

/** The folder of the package or the clone; of its parent where a bundler has made this file a part of another one. */
export const packageFolder: string = resolve(dirname(ownFile), '..');
