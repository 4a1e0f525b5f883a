import { existsSync, statSync } from 'node:fs';
import { InputError, reasonOf, SandboxError } from '../../errors/index.js';
import { absolute } from '../../files/absolute.js';
import type { CheckedIsolateOptions } from './isolate-options.js';

/** What is granted, as absolute paths of what is there. */
export interface Granted {
  threads: boolean;
  read: string[];
  write: string[];
  /** `DEVICE:INODE` of each of `read`, then of each of `write`: what is granted, whatever lies there later. */
  identities: string[];
}

/**
 * What the user grants. A path is one of this process, so a relative one is taken from its working folder.
 * @throws InputError for what is not there, which would be granted to nobody
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

/** Whether a path, or a folder that holds it, is among those that are granted. */
const isWithin = (path: string, granted: readonly string[]) =>
  granted.some((place) => path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`));

/**
 * Refuses a plugin that says that it cannot do without what was not granted. A folder is granted with what is in it.
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

/** As many as a hint can show. */
const MAX_HINTS = 3;

/**
 * The grants that would let a plugin reach what its options or its own words name: files and folders that are there.
 * Nothing when there are none.
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

/** What every sandbox lets a plugin read while it is loaded; and what no hint should offer. */
const READABLE = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib'];

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
