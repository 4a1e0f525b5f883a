import { existsSync, statSync } from 'node:fs';
import { InputError, reasonOf, SandboxError } from '../../errors/index.js';
import { absolute } from '../../files/absolute.js';
import type { CheckedIsolateOptions } from './isolate-options.js';

/** What is granted. Paths are absolute and exist. */
export interface Granted {
  threads: boolean;
  read: string[];
  write: string[];
  /** `DEVICE:INODE` of each path of `read`, then of `write`. Another file at such a path later is not granted. */
  identities: string[];
}

/**
 * Returns what the user grants. Relative paths start at the working folder of this process.
 * @throws InputError for a path that does not exist
 */
export function grantedOf({ grant = {} }: CheckedIsolateOptions): Granted {
  const identities: string[] = [];
  const placesOf = (kind: 'read' | 'write') =>
    (grant[kind] ?? []).map((path) => {
      const place = absolute(path);
      try {
        const { dev, ino } = statSync(place, { bigint: true });
        identities.push(`${dev}:${ino}`);
      } catch (cause) {
        throw new InputError(place, `grant ${kind} of`, reasonOf(cause), {
          cause,
          hint: 'only what is there can be granted: make it first, or grant the folder that it will be in',
        });
      }
      return place;
    });
  return { threads: grant.threads ?? false, read: placesOf('read'), write: placesOf('write'), identities };
}

/** Returns whether a path or a folder above it is granted. */
const isWithin = (path: string, granted: readonly string[]) =>
  granted.some((place) => path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`));

/**
 * Refuses a plugin whose manifest asks for something that was not granted. A granted folder includes its content.
 * @throws SandboxError
 */
export function ensureGranted(label: string, asks: readonly string[], granted: Granted): void {
  const missing = asks.filter((ask) => {
    const [, kind, path = ''] = /^(read|write):(.+)$/s.exec(ask) ?? [];
    if (!kind) return !granted.threads;
    return !isWithin(absolute(path), kind === 'read' ? [...granted.read, ...granted.write] : granted.write);
  });
  if (missing.length === 0) return;
  throw new SandboxError(`plugin ${label} asks for ${missing.join(', ')}, which is not granted`, {
    hint: `if you trust it with that: ${missing.map((ask) => `--grant ${ask}`).join(' ')}`,
  });
}

/** Grants that a hint lists. */
const MAX_HINTS = 3;

/**
 * Returns a hint with grants for the existing files and folders that the plugin's options or its error message name;
 * undefined when there are none that are not granted.
 */
export function helpfulGrants(config: string, words: string, granted: Granted): string | undefined {
  const named = [...textsIn(JSON.parse(config)), ...(words.match(/\/[^\s'"`:,;()<>]+/g) ?? [])];
  const places = new Set(named.filter((text) => text && !text.includes('\0')).map((text) => absolute(text)));
  const missing = [...places].filter(
    (place) => existsSync(place) && !isWithin(place, [...granted.read, ...granted.write, ...READABLE]),
  );
  if (missing.length === 0) return undefined;
  const grants = missing.slice(0, MAX_HINTS).map((place) => `--grant read:${place}`);
  return `in the sandbox it reads only what is granted; if you trust it with that: ${grants.join(' ')}`;
}

/** Folders that a plugin may read in every sandbox while it is loaded. No hint offers them. */
const READABLE = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib'];

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
