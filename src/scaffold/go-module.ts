import { join } from 'node:path';
import { readTextFile } from '../files/text-file.js';
import { packageFolder } from '../package-folder.js';

const SDK = 'github.com/plughost/plughost/plugins-go/plughost';

/**
 * Returns the files of a Go module that uses the SDK of the package, by their names. The module needs what the SDK needs,
 * in the same versions, and so `go build` works without `go mod tidy`.
 * @throws InputError
 */
export function goModule(name: string, packagePath: string): Record<string, string> {
  const read = (file: string) => readTextFile(join(packageFolder, 'plugins-go/plughost', file), 'read').text;
  const [, version = ''] = /^go (.*)$/m.exec(read('go.mod')) ?? [];
  const needed = [...read('go.mod').matchAll(/^\t(\S+ \S+)/gm)].map(([, module = '']) => `\t${module} // indirect`);
  const text = `module example.org/${name}

go ${version}

require ${SDK} v0.0.0

require (
${needed.sort().join('\n')}
)

replace ${SDK} => ${word(`${packagePath}/plugins-go/plughost`)}
`;
  return { 'go.mod': text, 'go.sum': read('go.sum') };
}

/** Returns a path as `go mod tidy` writes it: in quotes only if it needs them. */
const word = (path: string) => (/[\s()[\]{},]|\/\//.test(path) ? JSON.stringify(path) : path);
