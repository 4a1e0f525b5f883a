import { type Kind, STAGE_KINDS } from '../contract/kinds.js';

/** The kinds about lines. A template of lines is of all of them. */
export const LINE_KINDS = [...STAGE_KINDS, 'exporter'] as const satisfies readonly Kind[];
/** The kinds about rows of columns. A template of rows is of all of them. */
export const ROW_KINDS = ['parser', 'row_filter', 'aggregator'] as const satisfies readonly Kind[];

export type LineKind = (typeof LINE_KINDS)[number];
export type RowKind = (typeof ROW_KINDS)[number];
/** A kind that a template is of. */
export type NewKind = LineKind | RowKind;

/** Where a new plugin is, for commands in its folder. */
export interface Place {
  name: string;
  /** The path of the package. */
  packagePath: string;
}

/** How a plugin of one form begins. */
export interface NewForm {
  /** The kinds about lines that it can be; all of them by default. */
  readonly kinds?: readonly LineKind[];
  /** The template that takes the place of the first of its files in a plugin about rows. Without it there can be none. */
  readonly rows?: string;
  /** The kinds about rows that it can be, if there is such a template; all of them by default. */
  readonly rowKinds?: readonly RowKind[];
  /** Its files in `templates/FORM/`. In their names too, `template` stands for the name of the plugin. */
  readonly files: readonly string[];
  /** The form in whose folder they are, if that is another one. */
  readonly templatesOf?: string;
  /** Whether the files get a folder with the name of the plugin. Otherwise there is one file. */
  readonly inFolder: boolean;
  /** The file that is a program, if one is. */
  readonly program?: string;
  /** What a build leaves in the folder, as `.gitignore` names it. */
  readonly ignored?: (name: string) => string;
  /** The page about it in `docs/`. */
  readonly guide: string;
  /** The commands that are needed before the plugin can be used. */
  readonly prepare: (place: Place) => readonly string[];
  /** How a command names the plugin. */
  readonly source: (name: string) => string;
  /** Names that its tools keep for themselves, and what these are. */
  readonly reserved?: readonly [names: RegExp, what: string];
}

/** The forms that `plughost new` knows. */
export const NEW_FORMS = {
  rules: {
    kinds: STAGE_KINDS,
    files: ['template.rules.json'],
    rows: 'rows.rules.json',
    rowKinds: ['row_filter'],
    inFolder: false,
    guide: 'forms/rules.md',
    prepare: () => [],
    source: (name) => `./${name}.rules.json`,
  },
  script: {
    files: ['template.js'],
    rows: 'rows.js',
    rowKinds: ['row_filter', 'aggregator'],
    inFolder: false,
    guide: 'forms/scripts.md',
    prepare: () => [],
    source: (name) => `./${name}.js`,
  },
  typescript: {
    files: ['template.ts'],
    rows: 'rows.ts',
    rowKinds: ['row_filter', 'aggregator'],
    inFolder: false,
    guide: 'forms/scripts.md',
    prepare: () => (stripsTypes() ? [] : ['npm install amaro']),
    source: (name) => `./${name}.ts`,
  },
  c: {
    files: ['template.c', 'CMakeLists.txt'],
    rows: 'rows.c',
    inFolder: true,
    ignored: () => '/build/',
    guide: 'writing-plugins-c.md',
    prepare: () => ['cmake -S . -B build', 'cmake --build build'],
    source: (name) => `./build/lib${name}.so`,
    reserved: [
      /^(all|clean|edit_cache|help|install|package|plughost_contract|preinstall|rebuild_cache|test)$/,
      'a target of CMake',
    ],
  },
  wasm: {
    files: ['template.c'],
    templatesOf: 'c',
    inFolder: true,
    ignored: (name) => `/${name}.wasm`,
    guide: 'forms/wasm.md',
    prepare: ({ name, packagePath }) => {
      const include = `${packagePath}/native/include`;
      const options =
        '-target wasm32-wasi -mexec-model=reactor -O3 -msimd128 -s -Wl,--export=plug_manifest -Wl,-z,stack-size=65536';
      const sources = `${name}.c ${quoted(`${include}/plughost/wasm/module.c`)}`;
      return [`zig cc ${options} -I ${quoted(include)} -o ${name}.wasm ${sources}`];
    },
    source: (name) => `./${name}.wasm`,
  },
  rust: {
    files: ['src/lib.rs', 'Cargo.toml'],
    rows: 'src/rows.rs',
    inFolder: true,
    ignored: () => '/target/',
    guide: 'writing-plugins-rust.md',
    prepare: () => ['cargo build --release'],
    source: (name) => `./target/release/lib${name.replaceAll('-', '_')}.so`,
    reserved: [
      /^(abstract|alloc|as|async|await|become|box|break|const|continue|core|crate|do|dyn|else|enum|extern|false|final|fn|for|gen|if|impl|in|let|loop|macro|match|mod|move|mut|override|plughost|priv|proc[_-]macro|pub|ref|return|self|serde[_-]json|static|std|struct|super|test|trait|true|try|type|typeof|unsafe|unsized|use|virtual|where|while|yield)$/,
      'a word of Rust, or a crate that the plugin uses',
    ],
  },
  go: {
    files: ['main.go'],
    inFolder: true,
    ignored: (name) => `/${name}`,
    guide: 'forms/other-processes.md',
    prepare: () => ['go build'],
    source: (name) => `grpc:./${name}`,
    // The program would get the name of the folder before it.
    reserved: [/^v\d+$/, 'the version of a module'],
  },
  python: {
    // Python takes a file beside the program for the module of that name: csv.py would hide its own csv.
    files: ['main.py'],
    inFolder: true,
    program: 'main.py',
    ignored: () => '/.venv/',
    guide: 'forms/other-processes.md',
    prepare: ({ packagePath }) => [
      'python3 -m venv .venv',
      '. .venv/bin/activate',
      `pip install ${quoted(`${packagePath}/plugins-python/plughost`)}`,
    ],
    source: () => 'grpc:./main.py',
  },
  http: {
    files: ['template.mjs'],
    inFolder: false,
    guide: 'forms/http.md',
    prepare: ({ name }) => [`node ./${name}.mjs &`],
    source: () => 'http://127.0.0.1:9000',
  },
} as const satisfies Record<string, NewForm>;

export type NewFormName = keyof typeof NEW_FORMS;

/** Returns whether this Node removes the types of TypeScript itself. */
const stripsTypes = () => Object.hasOwn(process.getBuiltinModule('node:module'), 'stripTypeScriptTypes');

/** Returns a word as a shell reads it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
