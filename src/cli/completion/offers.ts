import { KIND_NAMES, STAGE_KINDS } from '../../contract/kinds.js';
import type { Manifest } from '../../contract/manifest.js';
import { discoverNamed } from '../../loader/discover.js';
import { describedFormOf } from '../../loader/forms/described.js';
import { pluginManifest } from '../../loader/plugin/plugin-manifest.js';
import { findPlugin, searchPath } from '../../loader/plugin/plugin-path.js';
import type { Flag } from '../flags/flag.js';
import { type Argument, parseFlags, setsFlag } from '../flags/parse-flags.js';

/** What the command offers to a shell: names of plugins of a kind or of any, or options of the plugin named before. */
export const OFFERS = [...KIND_NAMES, 'plugin', 'option'] as const;
export type Offer = (typeof OFFERS)[number];

/** The kind of plugin that a flag of `plughost run` takes. The flag of a stage has the name of its kind. */
export const KIND_OF: Readonly<Record<string, Offer | undefined>> = {
  ...Object.fromEntries(STAGE_KINDS.map((kind) => [kind, kind])),
  export: 'exporter',
  parse: 'parser',
  aggregate: 'aggregator',
};

// A shell may evaluate an offered word such as `$(command)`, so only harmless words are offered.
const HARMLESS = /^[A-Za-z0-9._+-]+$/;

/**
 * Returns the words that may follow a command line, given as its words from the command's name on. Reads files and runs
 * nothing. Offers nothing after a line that cannot be parsed.
 */
export function offersFor(offer: Offer, table: readonly Flag[], [verb = '', ...words]: string[]): string[] {
  const line = parsed(verb, table, words);
  const folders = line.flatMap((one) => (setsFlag(one, 'plugin-dir') ? [one.value ?? ''] : []));
  if (offer === 'option') return optionsOf(manifestOf(verb, line, folders));
  const fits = ({ extensions }: Manifest) =>
    offer === 'plugin' || extensions?.some((id) => id.startsWith(`plug.${offer}/`));
  const names = discoverNamed(searchPath(folders))
    .filter(({ manifest, error, shadowedBy }) => manifest && !error && !shadowedBy && fits(manifest))
    .map(({ name }) => name);
  return names.filter((name) => HARMLESS.test(name)).sort();
}

/** Parses the words. The last one may be a flag whose value is being typed, so it is dropped if that helps. */
function parsed(verb: string, table: readonly Flag[], words: string[]): Argument[] {
  for (const tried of [words, words.slice(0, -1)]) {
    try {
      return parseFlags(verb, table, tried);
    } catch {}
  }
  return [];
}

/** Returns the manifest of the plugin that an option at the end of the line belongs to. */
function manifestOf(verb: string, line: readonly Argument[], folders: readonly string[]): Manifest | undefined {
  const operands = line.flatMap((one) => (one.kind === 'operand' ? [one.value] : []));
  const named = line.flatMap((one) => (setsFlag(one, ...Object.keys(KIND_OF)) ? [one.value ?? ''] : [])).at(-1);
  const plugin = verb === 'run' ? named : verb === 'bench' ? operands[0] : operands.at(-1);
  if (plugin === undefined) return undefined;
  try {
    const source = findPlugin(plugin, folders);
    // A server may take its time.
    if (describedFormOf(source)?.isRunning) return undefined;
    return pluginManifest(source, { allowWritable: true });
  } catch {
    return undefined;
  }
}

/** Returns `key=` for each option, or `key=value` for each of its values if they are known. */
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
