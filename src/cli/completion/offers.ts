import type { Manifest } from '../../contract/manifest.js';
import { inspect } from '../../inspect/inspect.js';
import { discover } from '../../loader/discover.js';
import { judgeLibrary } from '../../loader/library/judge.js';
import { findPlugin, searchPath } from '../../loader/plugin/plugin-path.js';
import type { Flag } from '../flags/flag.js';
import { type Argument, parseFlags, setsFlag } from '../flags/parse-flags.js';

/** What a shell can be offered for a value: names of plugins of a kind, or options of the plugin named just before. */
export const OFFERS = ['filter', 'transform', 'exporter', 'option'] as const;
export type Offer = (typeof OFFERS)[number];

/** The kind of plugin that an option of `host run` takes. */
export const KIND_OF: Readonly<Record<string, Offer | undefined>> = {
  filter: 'filter',
  transform: 'transform',
  export: 'exporter',
};

// A shell would run a word such as `$(command)`, so such words of files are left out.
const HARMLESS = /^[A-Za-z0-9._+-]+$/;

/**
 * The words that fit behind a command line, given as its words from the verb on. Reads files and runs nothing; a line
 * that cannot be understood has no offers.
 */
export function offersFor(offer: Offer, table: readonly Flag[], [verb = '', ...words]: string[]): string[] {
  const line = understood(verb, table, words);
  const folders = line.flatMap((one) => (setsFlag(one, 'plugin-dir') ? [one.value ?? ''] : []));
  if (offer === 'option') return optionsOf(manifestOf(verb, line, folders));
  const fits = ({ extensions }: Manifest) => extensions?.some((id) => id.startsWith(`plug.${offer}/`));
  const names = discover(searchPath(folders))
    .filter(({ manifest, error, shadowedBy }) => manifest && !error && !shadowedBy && fits(manifest))
    .map(({ name }) => name);
  return names.filter((name) => HARMLESS.test(name)).sort();
}

/** The arguments; the last word may be an option whose value is being typed. */
function understood(verb: string, table: readonly Flag[], words: string[]): Argument[] {
  for (const tried of [words, words.slice(0, -1)]) {
    try {
      return parseFlags(verb, table, tried);
    } catch {}
  }
  return [];
}

/** The manifest of the plugin to which an option at the end of the line belongs. */
function manifestOf(verb: string, line: readonly Argument[], folders: readonly string[]): Manifest | undefined {
  const operands = line.flatMap((one) => (one.kind === 'operand' ? [one.value] : []));
  const named = line.flatMap((one) => (setsFlag(one, ...Object.keys(KIND_OF)) ? [one.value ?? ''] : [])).at(-1);
  const plugin = verb === 'run' ? named : verb === 'bench' ? operands[0] : operands.at(-1);
  if (plugin === undefined) return undefined;
  try {
    const path = verb === 'load' ? plugin : findPlugin(plugin, folders);
    return judgeLibrary(path, inspect(path), []);
  } catch {
    return undefined;
  }
}

/** `key=`, or `key=value` for each of the values that there are. */
function optionsOf(manifest: Manifest | undefined): string[] {
  return Object.entries(manifest?.config?.properties ?? {})
    .filter(([key]) => HARMLESS.test(key))
    .flatMap(([key, { type, enum: values }]) => {
      const words = (values ?? (type === 'boolean' ? [true, false] : [])).map(String);
      const harmless = words.filter((word) => HARMLESS.test(word));
      return harmless.length > 0 ? harmless.map((word) => `${key}=${word}`) : [`${key}=`];
    })
    .sort();
}
