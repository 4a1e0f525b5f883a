import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UntrustedFileError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';

const WRITE_GROUP = 0o020;
const WRITE_OTHERS = 0o002;
const STICKY = 0o1000;
/** As many as the system follows in one path. */
const MAX_LINKS = 40;

/** Why others can change or replace a file, and the command that mends it. */
export interface Distrust {
  why: string;
  remedy: string;
}

/**
 * Refuses a library that other users could have put there, or could change: the file, each folder above it and each
 * symbolic link on the way must belong to root or to this user, and nobody else may write them. sudo and ssh ask the
 * same of their files. Write permission is harmless on a folder such as /tmp, where only owners may replace their files
 * (the sticky bit), and for a group that has the owner's number, which by convention is the owner's own. Access lists
 * (ACLs) are not read; where one gives write permission to others, the mode shows it as that of the group.
 * @throws UntrustedFileError that names the command which mends it
 */
export function ensureTrusted(path: string): void {
  const found = distrustOf(path);
  if (found) throw new UntrustedFileError(path, found.why, found.remedy);
}

/**
 * Says why others could decide what is found at a path, or undefined when they cannot. A path that leads to nothing is
 * theirs to decide if they may make it. What cannot be looked at cannot be opened either, and is not judged.
 */
export function distrustOf(path: string): Distrust | undefined {
  // Windows has no such modes; its access lists are another matter.
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  // What is still to be looked at, the next name last.
  const names = namesOf(resolve(path));
  let links = 0;
  for (let place = '/', parent: Stats | undefined; ; ) {
    const facts = factsOf(place);
    if (facts === 'hidden') return undefined;
    if (!facts) return parent && creatable(dirname(place), parent, user);
    const reason = distrust(place, facts, user);
    if (reason) return reason;
    if (facts.isSymbolicLink()) {
      if (++links > MAX_LINKS) return undefined;
      const target = resolve(dirname(place), readlinkSync(place));
      names.push(...namesOf(target));
      place = '/';
      parent = undefined;
      continue;
    }
    const name = names.pop();
    if (name === undefined) return undefined;
    parent = facts;
    place = join(place, name);
  }
}

function factsOf(place: string): Stats | 'hidden' | undefined {
  try {
    return lstatSync(systemPath(place), { throwIfNoEntry: false });
  } catch {
    return 'hidden';
  }
}

const namesOf = (path: string) => path.split('/').filter(Boolean).reverse();

function distrust(place: string, facts: Stats, user: number): Distrust | undefined {
  const { uid, mode } = facts;
  if (uid !== 0 && uid !== user) {
    return {
      why: `${place} belongs to the user ${uid}, who is neither root nor you`,
      remedy: `chown ${user} ${place}`,
    };
  }
  // The mode of a link says nothing: who may replace it is for its folder to say.
  if (facts.isSymbolicLink() || (facts.isDirectory() && (mode & STICKY) !== 0)) return undefined;
  return writable(place, facts);
}

/** In a sticky folder, too, whoever may write it may make what is not there yet. */
function creatable(folder: string, facts: Stats, user: number): Distrust | undefined {
  return distrust(folder, facts, user) ?? writable(folder, facts);
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
