import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { addonMissing } from '../../addon.js';
import { InputError, reasonOf, UsageError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { BUILTIN } from '../../loader/builtin/builtin-library.js';
import { type Discovered, discoverNamed } from '../../loader/discover.js';
import { leftOutPlugins } from '../../loader/plugin/left-out.js';
import { searchPath } from '../../loader/plugin/plugin-path.js';
import { cleaned, jsonText } from '../../text/printable.js';
import type { Command } from '../command.js';
import { type Flag, setsTrue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { FOLDER_FLAG, type FoldersRequest } from '../flags/plugins.js';
import { print } from '../terminal/terminal.js';
import { WIDTH } from '../terminal/wrap.js';
import { wrapAll, wrappedTable } from '../terminal/wrapped-table.js';

interface ListRequest extends FoldersRequest {
  json: boolean;
}

const FLAGS: readonly Flag<ListRequest>[] = [
  FOLDER_FLAG,
  {
    name: 'json',
    group: 'output',
    help: 'Print a JSON object for each plugin',
    details: 'Each object is on a line of its own.',
    ...setsTrue('json'),
  },
];

export const list: Command = {
  usage: 'plughost list [FLAG...]',
  about:
    'Lists the plugins that are found by name: in the folders of --plugin-dir, then in those of HOST_PLUGIN_PATH, then the built-in ones, then those that are linked into plughost (builtin:). Runs none of them.',
  details:
    'The output fits the width of the terminal, or 80 columns if it goes to a pipe or a file. Only names and paths stay whole, so that they can be copied. With --json each plugin is one line, for programs.',
  flags: FLAGS,
  status: '0 all can be loaded, 1 there is none, 2 any cannot, or a folder of --plugin-dir cannot be read.',
  operands: [],
  run(given, terminal) {
    const request = readFlags('list', FLAGS, {} as ListRequest, given, (value) => {
      throw new UsageError(`list: ${value}: it takes no operand`, { hint: 'write: plughost list --plugin-dir DIR' });
    });
    terminal.configure({ json: request.json });
    const folders = searchPath([...request.folders]);
    const found = discoverNamed(folders);
    // Then the native parts are not installed, and the plugins are among them.
    const missing = found.length === 0 ? addonMissing() : undefined;
    if (missing) throw missing;
    if (request.json) for (const one of found) print(`${jsonText(toJson(one))}\n`);
    else print(describe(found, columns()));
    if (!request.json) for (const sentence of leftOutPlugins()) terminal.say(sentence);
    const broken = found.filter(({ error }) => error);
    if (!request.json) for (const { error } of broken) terminal.error(error);
    const unreadable = request.folders.flatMap(refusalOf);
    for (const error of unreadable) terminal.error(error);
    if (found.length === 0) {
      terminal.warn(`there is no plugin in ${folders.join(', ')}`);
      if (!request.json) terminal.say('      name a folder with --plugin-dir DIR or in HOST_PLUGIN_PATH');
    }
    if (broken.length + unreadable.length > 0) return 2;
    return found.length > 0 ? 0 : 1;
  },
};

/** Returns an error if a folder that the user named cannot be read. */
function refusalOf(folder: string): InputError[] {
  try {
    readdirSync(systemPath(folder));
    return [];
  } catch (cause) {
    return [new InputError(folder, 'look for plugins', reasonOf(cause), { cause })];
  }
}

/** Returns the kinds of a plugin, from its extensions: `filter`, `row filter`, … */
function kindsOf({ manifest }: Discovered): string {
  return (manifest?.extensions ?? [])
    .map((id) => id.replace(/^plug\.(.*)\/\d+$/, '$1').replaceAll('_', ' '))
    .join(', ');
}

function toJson({ name, form, path, manifest, shadowedBy, error }: Discovered): object {
  const { code, message, hint } = error ?? {};
  return { name, form, path, manifest, shadowedBy, error: error && { code, message, hint } };
}

/** Returns the plugins of each folder as a table, or as paragraphs if that would be too narrow. */
function describe(found: readonly Discovered[], width: number): string {
  const folders = new Map<string, string[][]>();
  // Most folders hold libraries alone. Then the forms would only take space.
  const forms = found.some(({ form }) => form !== 'native');
  const head = ['NAME', 'VERSION', 'KIND', ...(forms ? ['FORM'] : []), 'DOES'];
  for (const one of found) {
    if (one.error) continue;
    const folder = one.form === 'builtin' ? BUILTIN : dirname(one.path);
    const does = one.shadowedBy ? '(not used: a folder above has it)' : (one.manifest?.description ?? '');
    const row = [one.name, one.manifest?.version ?? '', kindsOf(one), ...(forms ? [one.form] : []), does].map(cleaned);
    const rows = folders.get(folder);
    if (rows) rows.push(row);
    else folders.set(folder, [row]);
  }
  return [...folders]
    .map(([folder, rows]) => [
      cleaned(folder),
      ...(wrappedTable([head, ...rows], width) ?? rows.flatMap((row) => paragraph(row, width))),
    ])
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** Formats one plugin for a narrow terminal. Does not break the name, so that it can be copied. */
function paragraph([name = '', ...facts]: readonly string[], width: number): string[] {
  const text = (words: string) => wrapAll(words, Math.max(width - 4, 1)).map((line) => `    ${line}`);
  return [`  ${name}`, ...text(facts.slice(0, -1).filter(Boolean).join(' ')), ...text(facts.at(-1) ?? '')];
}

/** Returns how many columns the output may take. It is the same in a pipe as on a terminal of usual width. */
function columns(): number {
  return (process.stdout.isTTY && process.stdout.columns) || WIDTH;
}
