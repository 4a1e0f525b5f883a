import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addon } from '../../../src/addon.js';
import { builtIn } from '../../e2e/command.js';
import { makeScratch } from '../../helpers/compile.js';
import { compileWasm, withoutWasm } from '../../helpers/wasm.js';
import type { Program } from '../../remote/peers/plugins.js';
import { shell } from '../programs.js';
import type { Server } from '../servers/servers.js';

/*
 * Makes plugins in every form, for tests that compare them.
 */

export const PLACES = ['in-process', 'isolated', 'sandboxed'] as const;
export type Place = (typeof PLACES)[number];

export interface Entry {
  form: string;
  /** What a user names after --filter, and its options. */
  source: string;
  config: Record<string, string>;
  places: readonly Place[];
  /** Why this machine has no such plugin; empty if it has one. */
  lacks: string;
  /** Its functions get text, in which U+FFFD stands for bytes that are not UTF-8, and so they write that. */
  asText: boolean;
}

const scratch = makeScratch();
/** Returns the text of a file of this folder. */
export const own = (name: string) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8');

/** Writes a file of the plugin and returns its path. */
const write = (name: string, content: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
};

/** @param form for the titles of tests */
export const entry = (form: string, source: string, more: Partial<Entry> = {}): Entry => ({
  ...{ form, source, config: {}, places: PLACES, lacks: '', asText: false },
  ...more,
});

const notBuilt = (name: string) => (existsSync(builtIn(name)) ? '' : `lib${name}.so is not built`);
export const library = (form: string, name: string, config: Record<string, string>): Entry =>
  entry(form, name, { config, lacks: notBuilt(name) });

const linked = addon()
  .builtin()
  .map(({ name }) => name);
export const builtin = (name: string, config: Record<string, string> = {}): Entry =>
  entry('builtin', `builtin:${name}`, {
    config,
    lacks: linked.includes(name) ? '' : `${name} is not linked into this build, see -DPLUGHOST_STATIC_PLUGINS`,
  });

export const rules = (form: string, name: string, body: object): Entry => {
  const head = { rules: 1, id: `org.example.${name}`, name, version: '1.0.0' };
  return entry(form, write(`${name}.rules.json`, JSON.stringify({ ...head, ...body })), { lacks: notBuilt('rules') });
};

/** @param fields more fields of the manifest */
export const script = (form: string, name: string, text: string, fields: object = {}): Entry => {
  const manifest = JSON.stringify({ id: `org.example.${name}`, name, version: '1.0.0', ...fields });
  const suffix = form.includes('TypeScript') ? 'ts' : 'js';
  return entry(form, write(`${name}.${suffix}`, `/* plughost ${manifest} */\n${text}\n`), {
    lacks: notBuilt('script'),
    asText: !('lines' in fields),
  });
};
/** A WebAssembly module of these sources in C. */
export const wasm = (name: string, sources: string[], config: Record<string, string> = {}): Entry =>
  entry('WebAssembly', withoutWasm ? '' : compileWasm(scratch, name, sources), {
    config,
    lacks: withoutWasm.replace(/^ \(skipped: |\)$/g, ''),
  });

/** A program that speaks gRPC. */
export function program(language: string, name: string, made: Program, config: Record<string, string> = {}): Entry {
  const form = `program in ${language}`;
  const places = ['isolated'] as const;
  if ('missing' in made) return entry(form, '', { config, places, lacks: made.missing });
  const words = [made.program, ...made.args].map((word) => `'${word}'`).join(' ');
  const variables = Object.entries(made.env).map(([key, value]) => `${key}='${value}'`);
  // A program gets few variables of its host.
  const wrapper = shell(scratch, `${name}-${language}.sh`, `${variables.join(' ')} exec ${words} "$@"`);
  return entry(form, `grpc:${wrapper}`, { config, places, lacks: notBuilt('grpc') });
}

/** A server that speaks HTTP. @param why there is none, or nothing */
export async function server(
  language: string,
  why: string,
  start: () => Promise<Server>,
  config: Record<string, string> = {},
): Promise<Entry> {
  const source = why ? '' : (await start()).source;
  return entry(`server in ${language}`, source, { config, places: ['isolated'], lacks: why });
}

/** Returns what follows --filter on the command line. */
export const optionsOf = ({ source, config }: Entry): string[] => [
  source,
  ...Object.entries(config).flatMap(([key, value]) => ['-p', `${key}=${value}`]),
];

export const titleOf = ({ form, lacks }: Entry): string => form + (lacks && ` (skipped: ${lacks})`);
