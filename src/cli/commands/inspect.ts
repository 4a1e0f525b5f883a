import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { AddonMissingError, ManifestError, PlughostError, reasonOf, UsageError } from '../../errors/index.js';
import { hostArchitecture, hostSystem } from '../../inspect/architecture.js';
import { inspect as inspectFile } from '../../inspect/inspect.js';
import type { ExportedSymbol, Hardening, Inspection } from '../../inspect/inspection.js';
import { findNeeded } from '../../inspect/needed.js';
import { notableImports } from '../../inspect/notable-imports.js';
import type { NeededLibrary } from '../../inspect/search.js';
import { describeOptions } from '../../loader/config/config.js';
import { replacedSymbols, uniqueSymbols } from '../../loader/library/shared-symbols.js';
import { cleaned, jsonText } from '../../text/printable.js';
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags } from '../flags/flags.js';
import { table } from '../terminal/table.js';
import { print, type Terminal } from '../terminal/terminal.js';
import type { When } from '../terminal/when.js';

export const FLAGS: Flag[] = [
  { name: 'json', help: 'print a JSON object for each library, on a line of its own' },
  ...COMMON_FLAGS,
];

const HELP = `Usage: host inspect PATH...

Shows what libraries say of themselves, of whatever system they are (ELF,
Mach-O, PE): for which machine they are built, what they need and export, what
they may do to the process, how they are hardened, and the manifest of a plugin
with its options. Runs nothing.

${describeFlags(FLAGS)}

Exit status: 0 all could be read, 2 any could not, or has a manifest that cannot
be used.
`;

interface InspectRequest {
  paths: string[];
  json: boolean;
  help: boolean;
  color: When;
  verbose: boolean;
}

/** @throws UsageError */
export function readInspectRequest(args: string[]): InspectRequest {
  const request: InspectRequest = { paths: [], json: false, help: false, color: 'auto', verbose: false };
  for (const argument of parseFlags('inspect', FLAGS, args)) {
    if (argument.kind === 'operand') request.paths.push(argument.value);
    else if (argument.name === 'color') request.color = argument.value as When;
    else if (argument.name === 'json' || argument.name === 'help' || argument.name === 'verbose') {
      request[argument.name] = true;
    }
  }
  if (request.paths.length === 0 && !request.help) {
    throw new UsageError('inspect: no PATH is given', { hint: 'see: host inspect --help' });
  }
  return request;
}

/** `host inspect`; gives the exit status. */
export function inspect(args: string[], terminal: Terminal): number {
  const request = readInspectRequest(args);
  terminal.configure(request);
  if (request.help) {
    print(HELP);
    return 0;
  }
  let status = 0;
  for (const [i, path] of request.paths.entries()) {
    const found = lookInto(path);
    if (found.error) status = 2;
    if (request.json) {
      const { code, message, hint } = found.error ?? {};
      print(`${jsonText({ ...found, error: found.error && { code, message, hint } })}\n`);
      continue;
    }
    if (found.library) print((i > 0 ? '\n' : '') + describe(path, found.library, found.manifest));
    if (found.error) terminal.error(found.error);
  }
  return status;
}

/** What is known of a library; with an error when it, or its manifest, is not as it should be. */
interface Found {
  path: string;
  library?: Omit<Inspection, 'needed'> & { needed: NeededLibrary[] };
  manifest?: Manifest;
  error?: PlughostError;
}

function lookInto(path: string): Found {
  const found: Found = { path };
  try {
    const inspection = inspectFile(path, { imports: true });
    found.library = { ...inspection, needed: findNeeded(path, inspection) };
    if (inspection.manifest) found.manifest = manifestOf(path, inspection.manifest.json);
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    found.error = error;
  }
  return found;
}

function manifestOf(path: string, json: string): Manifest {
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}

function describe(path: string, library: NonNullable<Found['library']>, manifest: Manifest | undefined): string {
  const { architecture, os, format, bits, endian, architectures, runPath, needed, imports = [], symbols } = library;
  const facts: [string, string | undefined][] = [
    ['format', `${format}, ${bits} bits, ${endian} endian`],
    ['built for', `${architecture} ${os}`],
    ['holds', architectures?.join(', ')],
    ['plugin', manifest && `${manifest.name} ${manifest.version} (${manifest.id})`],
    ['does', manifest?.description],
    ['extensions', manifest?.extensions?.join(', ')],
    ['license', manifest?.license],
    ['contract', library.manifest && `version ${library.manifest.abi.major}.${library.manifest.abi.minor}`],
    ['compiler', library.manifest?.compiler],
    ['hardening', describeHardening(library.hardening)],
    ['run path', runPath.join(':') || undefined],
    ...listed('needs', needed.map(describeNeeded)),
    ...listed('one for a process', namesOf(uniqueSymbols(library))),
    ...listed("replaced by the program's", namesOf(replacedHere(library))),
    ...listed(
      'may',
      notableImports(imports).map(({ does, names }) => `${does}: ${names.join(', ')}`),
    ),
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
  if (symbols.length > 0) {
    const rows = symbols.map(({ kind, size, name }) => [kind, size > 0 ? String(size) : '', name]);
    parts.push('symbols', table(rows));
  }
  return `${parts.join('\n')}\n`;
}

const MAX_LISTED = 10;

function namesOf(symbols: readonly { name: string }[]): string[] {
  const names = symbols.slice(0, MAX_LISTED).map(({ name }) => name);
  return symbols.length > names.length ? [...names, `and ${symbols.length - names.length} more`] : names;
}

/** Those that a process of this program would not get; nothing of a library for another machine. */
function replacedHere(library: Omit<Inspection, 'needed'>): ExportedSymbol[] {
  if (library.format !== 'ELF' || library.architecture !== hostArchitecture || library.os !== hostSystem) return [];
  try {
    return replacedSymbols(library);
  } catch (error) {
    // Without the addon a library can be looked into all the same.
    if (error instanceof AddonMissingError) return [];
    throw error;
  }
}

/** The name stands before the first only. */
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
