import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { AddonMissingError, ManifestError, PlughostError, reasonOf, UsageError } from '../../errors/index.js';
import { hostArchitecture, hostSystem } from '../../inspect/architecture.js';
import { inspect as inspectFile } from '../../inspect/inspect.js';
import type { ExportedSymbol, Hardening, Inspection } from '../../inspect/inspection.js';
import { findNeeded } from '../../inspect/needed.js';
import { notableImports } from '../../inspect/notable-imports.js';
import type { NeededLibrary } from '../../inspect/search.js';
import { findBuiltin, hashesOfHost } from '../../loader/builtin/builtin-library.js';
import { describeOptions } from '../../loader/config/schema.js';
import { describedFormOf } from '../../loader/forms/described.js';
import type { FormName } from '../../loader/forms/form.js';
import { formOf } from '../../loader/forms/forms.js';
import { hashesOf } from '../../loader/forms/module.js';
import { realpath } from '../../loader/library/realpath.js';
import { replacedSymbols, uniqueSymbols } from '../../loader/library/shared-symbols.js';
import { lookAt } from '../../loader/plugin/load-described.js';
import { findPlugin } from '../../loader/plugin/plugin-path.js';
import type { LockedFile } from '../../loader/trust/lock-file.js';
import { type ColumnOfPlugin, columnsOf } from '../../pipeline/rows/columns-of.js';
import { cleaned, jsonText } from '../../text/printable.js';
import { type Command, PLUGIN_OPERAND } from '../command.js';
import { type Flag, setsTrue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import type { NamedPlugin } from '../flags/plan.js';
import {
  FOLDER_FLAG,
  type FoldersRequest,
  HOST_FLAG,
  PARAMETER_FLAGS,
  type ParametersRequest,
  type TrustRequest,
} from '../flags/plugins.js';
import { loadNamed } from '../named-plugin.js';
import { describeStates, isStateFile } from '../run/describe-states.js';
import { reportOnPlugins } from '../terminal/plugin-reports.js';
import { table } from '../terminal/table.js';
import { print } from '../terminal/terminal.js';

interface InspectRequest extends FoldersRequest, ParametersRequest, Pick<TrustRequest, 'allowHosts'> {
  json: boolean;
  /** Run plugins about rows, and ask them for their columns. */
  columns: boolean;
}

const FLAGS: readonly Flag<InspectRequest>[] = [
  FOLDER_FLAG,
  HOST_FLAG,
  {
    name: 'columns',
    group: 'output',
    help: 'Run plugins about rows, and print their columns',
    details:
      'A parser, row filter or aggregator is loaded in this process with its options, as plughost load does, and asked for its columns.',
    ...setsTrue('columns'),
  },
  ...PARAMETER_FLAGS,
  {
    name: 'json',
    group: 'output',
    help: 'Print a JSON object for each of them',
    details: 'Each object is on a line of its own.',
    ...setsTrue('json'),
  },
];

export const inspect: Command = {
  usage: 'plughost inspect PLUGIN... [FLAG...]',
  about:
    'Shows what plugins and libraries contain, for any system (ELF, Mach-O, PE, WebAssembly), without running them; --columns runs plugins about rows.',
  details: `${PLUGIN_OPERAND} Any library can be named by its path, also one that is no plugin.

Of a library the command prints which machine it is built for, what it needs and exports, what it may do to the process, and how it is hardened. Of rules, scripts, modules and programs it prints their files. A server is asked what it is. Of files of states it prints what they are of, and which input they cover. Of every plugin it prints the manifest and the options.`,
  flags: FLAGS,
  examples: [
    'plughost inspect greet',
    'plughost inspect ./libmine.so --json',
    'plughost inspect --columns delimited -p columns=name,size',
  ],
  status: '0 all could be read, 2 any could not, or has a manifest that cannot be used.',
  operands: 'plugins',
  run(given, terminal) {
    const plugins: NamedPlugin[] = [];
    const plan = {
      get last() {
        return plugins.at(-1);
      },
    };
    const request = readFlags('inspect', FLAGS, { plan } as InspectRequest, given, (name) =>
      plugins.push({ name, parameters: [] }),
    );
    const { json } = request;
    terminal.configure({ json });
    if (plugins.length === 0)
      throw new UsageError('inspect: no PLUGIN is given', { hint: 'see: plughost inspect --help' });
    if (!request.columns && plugins.some(({ parameters }) => parameters.length > 0))
      throw new UsageError('inspect: options of plugins are for --columns');
    if (request.columns) reportOnPlugins(terminal);
    let status = 0;
    for (const [i, plugin] of plugins.entries()) {
      const { name } = plugin;
      if (isStateFile(name)) {
        terminal.attempt(() => print((i > 0 && !json ? '\n' : '') + describeStates(name, json)));
        continue;
      }
      const found = lookInto(plugin, request);
      if (found.error) status = 2;
      if (json) {
        const { code, message, hint } = found.error ?? {};
        print(`${jsonText({ ...found, error: found.error && { code, message, hint } })}\n`);
        continue;
      }
      const facts = factsOf(found);
      if (facts) print((i > 0 ? '\n' : '') + describe(found, facts));
      if (found.error) terminal.error(found.error);
    }
    return terminal.hasFailed ? 2 : status;
  },
};

/** What is known about a plugin or library. Has an error if it or its manifest cannot be used. */
interface Found {
  /** Its path, or the name of a plugin that was not found. */
  path: string;
  /** The form of a plugin that is no library, and its files. A module is inspected as a library besides. */
  form?: FormName;
  files?: LockedFile[];
  library?: Omit<Inspection, 'needed'> & { needed: NeededLibrary[] };
  manifest?: Manifest;
  columns?: ColumnOfPlugin[];
  error?: PlughostError;
}

/** Looks into a plugin or library, and with --columns loads it to ask for its columns. */
function lookInto(named: NamedPlugin, request: InspectRequest): Found {
  const found = lookIntoFile(named.name, request);
  // The manifest of a script need not say what it offers.
  const extensions = found.manifest?.extensions ?? (found.form === 'script' ? ['plug.aggregator/1'] : []);
  const isAboutRows = extensions.some((id) => /^plug\.(parser|row_filter|aggregator)\//.test(id));
  if (!request.columns || found.error || !isAboutRows) return found;
  try {
    using plugin = loadNamed(named, findPlugin(named.name, request.folders));
    return { ...found, columns: columnsOf(plugin) };
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    return { ...found, error };
  }
}

function lookIntoFile(name: string, { folders, allowHosts }: InspectRequest): Found {
  const found: Found = { path: name };
  try {
    const path = findPlugin(name, folders);
    found.path = path;
    const builtin = findBuiltin(path);
    if (builtin) {
      const { sha256, needed } = hashesOfHost();
      return {
        ...found,
        form: 'builtin',
        manifest: builtin.manifest,
        files: [{ name: 'plughost.node', sha256 }, ...needed],
      };
    }
    const described = describedFormOf(path);
    if (described) {
      found.form = described.name;
      const { manifest, files } = lookAt(described, path, { allowWritable: true, allowHosts });
      if (manifest) found.manifest = manifest;
      return { ...found, files: hashesOf({ files }) };
    }
    const form = formOf(path);
    if (form) {
      found.form = form.name;
      if (form.name === 'wasm') found.library = libraryIn(path);
      const module = form.examine(realpath(path), () => {});
      return { ...found, manifest: module.manifest, files: hashesOf(module) };
    }
    found.library = libraryIn(path);
    if (found.library.manifest) found.manifest = manifestOf(path, found.library.manifest.json);
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    found.error = error;
  }
  return found;
}

function libraryIn(path: string): NonNullable<Found['library']> {
  const inspection = inspectFile(path, { imports: true });
  return { ...inspection, needed: findNeeded(path, inspection) };
}

function manifestOf(path: string, json: string): Manifest {
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}

type Facts = [string, string | undefined][];

/** Returns the facts that stand before and after those of the manifest. */
function factsOf({ form, files, library, manifest }: Found): { before: Facts; after: Facts } | undefined {
  const hashes = files?.map(({ name, sha256 }) => `${name}, sha256 ${sha256}`);
  const rows = listed('files', hashes ?? []);
  if (library) {
    const { before, after } = libraryFacts(library);
    return { before, after: [...after, ...rows] };
  }
  if (!files) return undefined;
  // Only a program may have none.
  const plugin = manifest ? undefined : 'only the program itself can say; run it with: plughost load';
  return {
    before: [
      ['format', form],
      ['plugin', plugin],
    ],
    after: rows,
  };
}

function libraryFacts(library: NonNullable<Found['library']>): { before: Facts; after: Facts } {
  const { architecture, os, format, bits, endian, architectures, runPath, needed, imports = [] } = library;
  const before: Facts = [
    ['format', `${format}, ${bits} bits, ${endian} endian`],
    ['built for', `${architecture} ${os}`],
    ['holds', architectures?.join(', ')],
  ];
  const after: Facts = [
    ['contract', library.manifest && `version ${library.manifest.abi.major}.${library.manifest.abi.minor}`],
    ['compiler', library.manifest?.compiler],
    ['hardening', describeHardening(library.hardening) || undefined],
    ['run path', runPath.join(':') || undefined],
    ...listed('needs', needed.map(describeNeeded)),
    ...(format === 'WebAssembly'
      ? listed(
          'imports',
          imports.map(({ name, library: module }) => `${module} ${name}`),
        )
      : []),
    ...listed('one for a process', namesOf(uniqueSymbols(library))),
    ...listed("replaced by the program's", namesOf(replacedHere(library))),
    ...listed(
      'may',
      notableImports(imports).map(({ does, names }) => `${does}: ${names.join(', ')}`),
    ),
  ];
  return { before, after };
}

/** @param around from `factsOf` */
function describe({ path, manifest, library, columns }: Found, around: { before: Facts; after: Facts }): string {
  const facts: Facts = [
    ...around.before,
    ['plugin', manifest && `${manifest.name} ${manifest.version} (${manifest.id})`],
    ['does', manifest?.description],
    ['extensions', manifest?.extensions?.join(', ')],
    ['license', manifest?.license],
    ...around.after,
  ];
  const parts = [cleaned(path), table(facts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])))];
  const options = manifest?.config ? describeOptions(manifest.config) : [];
  if (options.length > 0) {
    parts.push(
      'options',
      table(
        options.map(({ name, type, required, default: value, description }) => [
          name,
          type,
          required ? 'required' : value === undefined ? '' : `default ${JSON.stringify(value)}`,
          description,
        ]),
      ),
    );
  }
  if (columns && columns.length > 0) {
    parts.push('columns', table(columns.map(({ of, name, type }) => [of, name, type].map(cleaned))));
  }
  if (library && library.symbols.length > 0) {
    const rows = library.symbols.map(({ kind, size, name }) => [kind, size > 0 ? String(size) : '', name]);
    parts.push('symbols', table(rows));
  }
  return `${parts.join('\n')}\n`;
}

const MAX_LISTED = 10;

function namesOf(symbols: readonly { name: string }[]): string[] {
  const names = symbols.slice(0, MAX_LISTED).map(({ name }) => name);
  return symbols.length > names.length ? [...names, `and ${symbols.length - names.length} more`] : names;
}

/** Returns the symbols that this program would replace by its own. None for a library of another machine. */
function replacedHere(library: Omit<Inspection, 'needed'>): ExportedSymbol[] {
  if (library.format !== 'ELF' || library.architecture !== hostArchitecture || library.os !== hostSystem) return [];
  try {
    return replacedSymbols(library);
  } catch (error) {
    // This check needs the addon. Everything else about a library can be shown without it.
    if (error instanceof AddonMissingError) return [];
    throw error;
  }
}

/** Returns one row for each text. Only the first one has the name. */
function listed(name: string, texts: readonly string[]): [string, string][] {
  return texts.map((text, i) => [i === 0 ? name : '', text]);
}

function describeNeeded({ name, state, path }: NeededLibrary): string {
  return `${name} => ${path ?? (state === 'missing' ? 'not found' : 'unknown')}`;
}

function describeHardening(hardening: Hardening): string {
  const words: [boolean | undefined, string, string][] = [
    [hardening.executableStack, 'executable stack', 'no executable stack'],
    [hardening.writableCode, 'writable code', ''],
    [hardening.textRelocations, 'text relocations', 'no text relocations'],
    [hardening.noExecute, 'data is not executable', 'data may be executable'],
    [hardening.randomAddress, 'random address', 'fixed address'],
    [hardening.controlFlowGuard, 'control flow guard', 'no control flow guard'],
    [hardening.signed, 'signed', 'not signed'],
  ];
  const relro = hardening.relro && (hardening.relro === 'none' ? ['no RELRO'] : [`${hardening.relro} RELRO`]);
  return [
    ...words.flatMap(([value, yes, no]) => (value === undefined ? [] : [value ? yes : no])),
    ...(relro ?? []),
  ].join(', ');
}
