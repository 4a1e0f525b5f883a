import { type Dirent, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { InputError, OutputError, PlughostError, reasonOf, UntrustedConfigError } from '../../errors/index.js';
import { readTextFile, type TextFile } from '../../files/text-file.js';
import { distrustOf } from '../../loader/trust/trust.js';
import { linkStatusOf } from '../../pipeline/file-status.js';
import { replaceFile } from '../../pipeline/replacing-file.js';
import { jsonText } from '../../text/printable.js';
import { stateFolder } from './user-folders.js';

const schema = z.strictObject({ plughost: z.literal('trusted/1'), path: z.string(), sha256: z.string() });

/** A configuration of a project that the user has trusted: this path with these bytes. */
export type Trusted = z.infer<typeof schema>;

/**
 * Reads a configuration of a project. It must be a regular file and no link, and the user's or root's alone to write, with
 * the folders above it, as a library must.
 * @param path the real one
 * @throws UntrustedConfigError, InputError
 */
export function readTrustworthy(path: string): TextFile {
  const unfit = unfitness(path);
  if (unfit) throw new UntrustedConfigError(path, unfit.why, { hint: unfit.hint });
  return readTextFile(path, 'read the configuration');
}

/** Says why a configuration cannot be trusted, whatever is in it. */
export function unfitness(path: string): { why: string; hint: string } | undefined {
  const facts = linkStatusOf(path);
  if (!facts) return undefined;
  if (!facts.isFile()) {
    return facts.isSymbolicLink()
      ? { why: 'it is a link', hint: 'name the file that it leads to with --config FILE' }
      : { why: 'it is no regular file', hint: 'only a regular file is read' };
  }
  const distrust = distrustOf(path);
  return distrust && { why: distrust.why, hint: 'if you mean it all the same, name it with --config FILE' };
}

/** Remembers that a path with these bytes is trusted, instead of what was trusted there before. @throws OutputError */
export function trust(path: string, bytes: Buffer): void {
  const file = entryOf(path);
  const entry: Trusted = { plughost: 'trusted/1', path, sha256: sha256Of(bytes) };
  written(file, () => {
    // Before anything is made: with the home of somebody else it would be made there.
    refuseForged(file);
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    replaceFile(file, `${jsonText(entry)}\n`, 0o600);
  });
}

/** Forgets a path; false when it was not trusted. @throws OutputError */
export function distrust(path: string): boolean {
  const file = entryOf(path);
  const known = linkStatusOf(file) !== undefined;
  written(file, () => rmSync(file, { force: true }));
  return known;
}

/** What is trusted of a path, if anything. @throws UntrustedConfigError when somebody else may have written that */
export function trustedOf(path: string): Trusted | undefined {
  if (stateFolder() === undefined) return undefined;
  return read(entryOf(path));
}

/** All that is trusted, in the order of the paths. @throws UntrustedConfigError */
export function allTrusted(): Trusted[] {
  let names: Dirent[];
  try {
    names = readdirSync(folder(), { withFileTypes: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new InputError(folder(), 'read the directory', reasonOf(cause), { cause });
  }
  return names
    .filter(({ name }) => name.endsWith('.json'))
    .flatMap(({ name }) => read(join(folder(), name)) ?? [])
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function sha256Of(bytes: Buffer | string): string {
  // Not imported, because it costs a sixth of Node's start, and few need it.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest('hex');
}

function folder(): string {
  const own = stateFolder();
  if (own !== undefined) return join(own, 'trusted');
  throw new UntrustedConfigError('a configuration', 'there is no folder to remember it in', {
    hint: 'set HOME or XDG_STATE_HOME to an absolute path',
  });
}

/** A file for each path, so that two commands at once do not undo each other. */
const entryOf = (path: string) => join(folder(), `${sha256Of(path)}.json`);

function read(file: string): Trusted | undefined {
  // What this user may not look at is nothing that this user has trusted.
  if (!linkStatusOf(file)) return undefined;
  refuseForged(file);
  const { text } = readTextFile(file, 'read what is trusted');
  try {
    const entry = schema.parse(JSON.parse(text));
    if (entryOf(entry.path) === file) return entry;
  } catch {}
  throw new UntrustedConfigError(file, 'it is damaged', { hint: 'remove it, and trust the configuration again' });
}

/** Whoever may write what is trusted decides what is. */
function refuseForged(file: string): void {
  const distrust = distrustOf(file);
  if (distrust) throw new UntrustedConfigError(file, distrust.why, { hint: `mend it with: ${distrust.remedy}` });
}

/** Turns the system's errors into errors about a file of ours. */
function written(file: string, step: () => void): void {
  try {
    step();
  } catch (cause) {
    if (cause instanceof PlughostError) throw cause;
    throw new OutputError(file, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}
