import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UntrustedFileError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';

const WRITE_GROUP = 0o020;
const WRITE_OTHERS = 0o002;
const STICKY = 0o1000;
/** The number of links that the system follows in one path. */
const MAX_LINKS = 40;

/** Why other users can change or replace a file, and the command that prevents it. */
export interface Distrust {
  why: string;
  remedy: string;
}

/**
 * Refuses a library that other users could have placed or could change. The file, each folder above it and each
 * symbolic link on the way must belong to root or this user, and nobody else may write them; sudo and ssh require the
 * same. Two permissions are harmless: on a folder with the sticky bit, such as /tmp, only owners may replace files; and
 * a group with the owner's number is by convention the owner's own. ACLs are not read; an ACL that lets others write
 * shows up as write permission of the group.
 * @throws UntrustedFileError with the command that corrects it
 */
export function ensureTrusted(path: string): void {
  const found = distrustOf(path);
  if (found) throw new UntrustedFileError(path, found.why, found.remedy);
}

/**
 * Returns why other users could control the file at a path, or undefined when they cannot. They control a missing file
 * if they may create it. A path that this user may not search returns undefined, because it cannot be opened either.
 */
export function distrustOf(path: string): Distrust | undefined {
  // Windows has no such modes, and its access lists are not read.
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  // The names still to visit, the next one last.
  const names = namesOf(resolve(path));
  let links = 0;
  for (let place = '/', parent: Stats | undefined; ; ) {
    const status = statusOf(place);
    if (status === 'hidden') return undefined;
    if (!status) return parent && creatable(dirname(place), parent, user);
    const reason = distrust(place, status, user);
    if (reason) return reason;
    if (status.isSymbolicLink()) {
      if (++links > MAX_LINKS) return undefined;
      const target = resolve(dirname(place), readlinkSync(place));
      names.push(...namesOf(target));
      place = '/';
      parent = undefined;
      continue;
    }
    const name = names.pop();
    if (name === undefined) return undefined;
    parent = status;
    place = join(place, name);
  }
}

function statusOf(place: string): Stats | 'hidden' | undefined {
  try {
    return lstatSync(systemPath(place), { throwIfNoEntry: false });
  } catch {
    return 'hidden';
  }
}

const namesOf = (path: string) => path.split('/').filter(Boolean).reverse();

function distrust(place: string, status: Stats, user: number): Distrust | undefined {
  const { uid, mode } = status;
  if (uid !== 0 && uid !== user) {
    return {
      why: `${place} belongs to the user ${uid}, who is neither root nor you`,
      remedy: `chown ${user} ${place}`,
    };
  }
  // The mode of a link has no meaning: the mode of its folder decides who may replace it.
  if (status.isSymbolicLink() || (status.isDirectory() && (mode & STICKY) !== 0)) return undefined;
  return writable(place, status);
}

/** A user who may write a folder may create files in it; the sticky bit does not prevent that. */
function creatable(folder: string, status: Stats, user: number): Distrust | undefined {
  return distrust(folder, status, user) ?? writable(folder, status);
}

function writable(place: string, { uid, gid, mode }: Stats): Distrust | undefined {
  const who =
    (mode & WRITE_OTHERS) !== 0 ? 'everybody' : (mode & WRITE_GROUP) !== 0 && gid !== uid ? `the group ${gid}` : '';
  if (!who) return undefined;
  return {
    why: `${place} may be written by ${who} (mode ${(mode & 0o7777).toString(8)})`,
    remedy: `chmod go-w ${place}`,
  };
}
