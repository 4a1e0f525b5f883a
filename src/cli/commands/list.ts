import { readdirSync } from 'node:fs';
import { InputError, reasonOf, UsageError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { type Discovered, discoverIn } from '../../loader/discover.js';
import { searchPath } from '../../loader/plugin/plugin-path.js';
import { cleaned, jsonText } from '../../text/printable.js';
import type { Command } from '../command.js';
import { type Flag, setsTrue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { FOLDER_FLAG, type FoldersRequest } from '../flags/plugins.js';
import { table } from '../terminal/table.js';
import { print } from '../terminal/terminal.js';
import { wrap } from '../terminal/wrap.js';

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
  usage: 'host list [FLAG...]',
  about:
    'Lists the plugins that are found by name: in the folders of --plugin-dir, then in those of HOST_PLUGIN_PATH, then the built-in ones. Runs none of them.',
  details: 'A terminal that is too narrow for the table gets a paragraph for each plugin.',
  flags: FLAGS,
  status: '0 all can be loaded, 1 there is none, 2 any cannot, or a folder of --plugin-dir cannot be read.',
  operands: [],
  run(given, terminal) {
    const request = readFlags('list', FLAGS, {} as ListRequest, given, (value) => {
      throw new UsageError(`list: ${value}: it takes no operand`, { hint: 'write: host list --plugin-dir DIR' });
    });
    terminal.configure({ json: request.json });
    const folders = searchPath([...request.folders]);
    const found = discoverIn(folders);
    if (request.json) for (const one of found) print(`${jsonText(toJson(one))}\n`);
    else print(describe(found));
    const broken = found.filter(({ error }) => error);
    if (!request.json) for (const { error } of broken) terminal.error(error);
    const unreadable = request.folders.flatMap(refusalOf);
    for (const error of unreadable) terminal.error(error);
    if (found.length === 0) terminal.warn(`there is no plugin in ${folders.join(', ')}`);
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

/** Returns the kinds of a plugin, from its extensions: `filter`, `exporter`, … */
function kindsOf({ manifest }: Discovered): string {
  return (manifest?.extensions ?? []).map((id) => id.replace(/^plug\.(.*)\/\d+$/, '$1')).join(', ');
}

function toJson({ name, path, manifest, shadowedBy, error }: Discovered): object {
  const { code, message, hint } = error ?? {};
  return { name, path, manifest, shadowedBy, error: error && { code, message, hint } };
}

function describe(found: readonly Discovered[]): string {
  const usable = found.filter(({ error }) => !error);
  if (usable.length === 0) return '';
  const rows = usable.map((one) => [
    one.name,
    one.manifest?.version ?? '',
    kindsOf(one),
    one.path,
    one.shadowedBy ? `(not used: ${one.shadowedBy} comes first)` : (one.manifest?.description ?? ''),
  ]);
  const whole = table([['NAME', 'VERSION', 'KIND', 'PATH', 'DOES'], ...rows], '');
  // Programs that read a pipe or a file expect one line for each plugin.
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
  if (whole.split('\n').every((line) => line.length <= width)) return `${whole}\n`;
  return rows.map((row) => paragraph(row.map(cleaned), width)).join('');
}

const INDENT = '    ';

/** Formats one plugin for a narrow terminal. Does not break the path, so that it can be copied. */
function paragraph(
  [name = '', version = '', kinds = '', path = '', does = '']: readonly string[],
  width: number,
): string {
  const head = [name, version, kinds].filter(Boolean).join('  ');
  return [head, ...wrap(does, width - INDENT.length).map((line) => INDENT + line), INDENT + path]
    .filter((line) => line.trim())
    .map((line) => `${line}\n`)
    .join('');
}
