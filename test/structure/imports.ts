import { posix } from 'node:path';
import ts from 'typescript';
import { FILES, NATIVE_FILES, SOURCE_FILES, textOf } from './files.js';

/** A file that imports or includes another file of the project. */
export interface Import {
  from: string;
  to: string;
}

/** Returns the headers that a C or C++ file includes, as they are written: `<vector>`, `"os/file/read.hpp"`. */
export const includesOf = (path: string): string[] =>
  [...textOf(path).matchAll(/^[ \t]*#[ \t]*include[ \t]*(<[^>]+>|"[^"]+")/gm)].map(([, header]) => header as string);

const KNOWN = new Set(FILES);

/** Returns the file of the project that a header means; nothing for the system's, and for one that the build generates. */
export function includedFile(from: string, header: string): string | undefined {
  const name = header.slice(1, -1);
  const places = [posix.join(posix.dirname(from), name), `native/${name}`, `native/include/${name}`];
  return places.find((path) => KNOWN.has(path));
}

/** Returns the includes between files of native/. */
export const nativeImports = (): Import[] =>
  NATIVE_FILES.flatMap((from) =>
    includesOf(from).flatMap((header) => {
      const to = includedFile(from, header);
      return to ? [{ from, to }] : [];
    }),
  );

/** Returns the imports between files of src/: `import`, `export … from` and `import()`, those of types too. */
export const sourceImports = (): Import[] =>
  SOURCE_FILES.flatMap((from) =>
    namedBy(from)
      .filter((name) => name.startsWith('.'))
      .map((name) => {
        const to = posix.join(posix.dirname(from), name).replace(/\.js$/, '.ts');
        if (!KNOWN.has(to)) throw new Error(`${from} imports ${name}, and there is no ${to}`);
        return { from, to };
      }),
  );

function namedBy(path: string): string[] {
  const found: string[] = [];
  const add = (name: ts.Node | undefined): void => {
    if (name && ts.isStringLiteralLike(name)) found.push(name.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, textOf(path), ts.ScriptTarget.Latest));
  return found;
}

/** Returns the circles of imports, each once and by its shortest way, as `a → b → a`. */
export function circles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const ways = [...next.keys()].map((file) => wayBack(file, next)).filter((way) => way.length > 0);
  const named = ways.map((way) => {
    // The circle is the same wherever it begins, so it begins with its first file by name.
    const first = way.indexOf([...way].sort()[0] as string);
    const turned = [...way.slice(first), ...way.slice(0, first)];
    return [...turned, turned[0]].join(' → ');
  });
  return [...new Set(named)].sort();
}

/** Returns the files of the shortest way from a file back to itself; empty when there is none. */
function wayBack(file: string, next: ReadonlyMap<string, readonly string[]>): string[] {
  const ways = [[file]];
  const seen = new Set<string>();
  // The list grows while it is walked: breadth first.
  for (const way of ways) {
    for (const to of next.get(way.at(-1) as string) ?? []) {
      if (to === file) return way;
      if (!seen.has(to)) ways.push([...way, to]);
      seen.add(to);
    }
  }
  return [];
}
