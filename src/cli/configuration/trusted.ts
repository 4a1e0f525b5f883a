import { type Dirent, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checked } from '../../arguments/argument.js';
import { objectOf, oneOf, text } from '../../arguments/checks.js';
import { InputError, OutputError, PlughostError, reasonOf, UntrustedConfigError } from '../../errors/index.js';
import { readTextFile, type TextFile } from '../../files/text-file.js';
import { distrustOf } from '../../loader/trust/trust.js';
import { linkStatusOf } from '../../pipeline/file-status.js';
import { replaceFile } from '../../pipeline/replacing-file.js';
import { jsonText } from '../../text/printable.js';
import { stateFolder } from './user-folders.js';

/** A project's configuration that the user trusts: this path with these bytes. */
export interface Trusted {
  plughost: 'trusted/1';
  path: string;
  sha256: string;
}

const record = objectOf<Trusted>('a record of what is trusted', {
  plughost: oneOf('trusted/1'),
  path: text,
  sha256: text,
});

/**
 * Reads a project's configuration. As for a library, only the user and root may be able to write it and the folders
 * above it. It must be a regular file and no link.
 * @param path the real path
 * @throws UntrustedConfigError, InputError
 */
export function readTrustworthy(path: string): TextFile {
  const unfit = unfitness(path);
  if (unfit) throw new UntrustedConfigError(path, unfit.why, { hint: unfit.hint });
  return readTextFile(path, 'read the configuration');
}

/** Returns why a configuration cannot be trusted, whatever it contains. */
export function unfitness(path: string): { why: string; hint: string } | undefined {
  const facts = linkStatusOf(path);
  if (!facts) return undefined;
  if (!facts.isFile()) {
    return facts.isSymbolicLink()
      ? { why: 'it is a link', hint: 'name the file that it leads to with --config FILE' }
      : { why: 'it is no regular file', hint: 'only a regular file is read' };
  }
  const distrust = distrustOf(path);
  return distrust && { why: distrust.why, hint: 'to use it anyway, name it with --config FILE' };
}

/** Records that a path with these bytes is trusted. Replaces an earlier record of the path. @throws OutputError */
export function trust(path: string, bytes: Buffer): void {
  const file = entryOf(path);
  const entry: Trusted = { plughost: 'trusted/1', path, sha256: sha256Of(bytes) };
  written(file, () => {
    // Check first: if HOME is another user's, nothing must be created there.
    refuseForged(file);
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    replaceFile(file, `${jsonText(entry)}\n`, 0o600);
  });
}

/** Removes the record of a path. Returns whether there was one. @throws OutputError */
export function distrust(path: string): boolean {
  const file = entryOf(path);
  const known = linkStatusOf(file) !== undefined;
  written(file, () => rmSync(file, { force: true }));
  return known;
}

/** Returns the record of a path, if any. @throws UntrustedConfigError if another user may have written it */
export function trustedOf(path: string): Trusted | undefined {
  if (stateFolder() === undefined) return undefined;
  return read(entryOf(path));
}

/** Returns all records, sorted by path. @throws UntrustedConfigError */
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
  // Importing node:crypto takes a sixth of Node's start, and few commands need it.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest('hex');
}

function folder(): string {
  const own = stateFolder();
  if (own !== undefined) return join(own, 'trusted');
  throw new UntrustedConfigError('a configuration', 'there is no folder to remember it in', {
    hint: 'set HOME or XDG_STATE_HOME to an absolute path',
  });
}

/** One file for each path, so that two commands at the same time do not overwrite each other's records. */
const entryOf = (path: string) => join(folder(), `${sha256Of(path)}.json`);

function read(file: string): Trusted | undefined {
  // A file that this user may not see was not written by this user.
  if (!linkStatusOf(file)) return undefined;
  refuseForged(file);
  const { text: json } = readTextFile(file, 'read what is trusted');
  try {
    const entry = checked('trust', 'record', JSON.parse(json), record);
    if (entryOf(entry.path) === file) return entry;
  } catch {}
  throw new UntrustedConfigError(file, 'it is damaged', { hint: 'remove it, and trust the configuration again' });
}

/** Refuses a record that another user can write: that user could decide what is trusted. */
function refuseForged(file: string): void {
  const distrust = distrustOf(file);
  if (distrust) throw new UntrustedConfigError(file, distrust.why, { hint: `mend it with: ${distrust.remedy}` });
}

/** Runs a step, and turns the system's errors into errors about the file. */
function written(file: string, step: () => void): void {
  try {
    step();
  } catch (cause) {
    if (cause instanceof PlughostError) throw cause;
    throw new OutputError(file, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}
