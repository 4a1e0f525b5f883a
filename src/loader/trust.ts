import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UntrustedFileError } from '../errors.js';

const WRITE_GROUP = 0o020;
const WRITE_OTHERS = 0o002;
const STICKY = 0o1000;

/** Why others can change or replace a file, and the command that mends it. */
export interface Distrust {
  why: string;
  remedy: string;
}

/**
 * Refuses a library that somebody else could have put there, or could change: one that, or whose folder, belongs to
 * neither root nor this user, or may be written by others. sudo and ssh ask the same of their files. A folder such as
 * /tmp, where only owners may replace their files, passes; so does write permission for a group of the owner alone,
 * which by convention has the owner's number.
 * @throws UntrustedFileError that names the command which mends it
 */
export function ensureTrusted(path: string): void {
  const found = distrustOf(path);
  if (found) throw new UntrustedFileError(path, found.why, found.remedy);
}

/** Says why others could decide what is found at a path, or undefined when they cannot. */
export function distrustOf(path: string): Distrust | undefined {
  // Windows has no such modes; its access lists are another matter.
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  for (const place of [path, dirname(path)]) {
    const facts = statSync(place, { throwIfNoEntry: false });
    const found = facts && distrust(place, facts, user);
    if (found) return found;
  }
  return undefined;
}

function distrust(place: string, { uid, gid, mode }: Stats, user: number): Distrust | undefined {
  if (uid !== 0 && uid !== user) {
    return {
      why: `${place} belongs to the user ${uid}, who is neither root nor you`,
      remedy: `chown ${user} ${place}`,
    };
  }
  if ((mode & STICKY) !== 0) return undefined;
  const who =
    (mode & WRITE_OTHERS) !== 0 ? 'everybody' : (mode & WRITE_GROUP) !== 0 && gid !== uid ? `the group ${gid}` : '';
  if (!who) return undefined;
  return {
    why: `${place} may be written by ${who} (mode ${(mode & 0o7777).toString(8)})`,
    remedy: `chmod go-w ${place}`,
  };
}
