import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OutputError, reasonOf } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';

/** Texts by their paths in a folder. */
export type Files = Readonly<Record<string, string>>;

// Not writable by a group, whatever the umask allows: the host refuses a plugin that others could change.
const FILE = 0o644;
const PROGRAM = 0o755;
const FOLDER = 0o755;

/**
 * Makes a file. Nothing is left if that fails.
 * @throws OutputError, also when there is something of that name
 */
export function writeNewFile(path: string, text: string): void {
  refuseExisting(path);
  reported(path, () => {
    writeFileSync(systemPath(path), '', { flag: 'wx', mode: FILE });
    try {
      writeFileSync(systemPath(path), text);
    } catch (error) {
      rmSync(systemPath(path), { force: true });
      throw error;
    }
  });
}

/**
 * Makes a folder with files. It appears as a whole: it is written under another name beside it and then renamed. Nothing is
 * left if that fails.
 * @param program the file that can be started, if one can
 * @throws OutputError, also when there is something of that name
 */
export function writeNewFolder(path: string, files: Files, program?: string): void {
  refuseExisting(path);
  const { randomBytes } = process.getBuiltinModule('node:crypto');
  const unfinished = join(dirname(path), `.plughost-new-${randomBytes(8).toString('hex')}`);
  reported(path, () => {
    try {
      mkdirSync(systemPath(unfinished), { mode: FOLDER });
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(systemPath(dirname(join(unfinished, file))), { recursive: true, mode: FOLDER });
        writeFileSync(systemPath(join(unfinished, file)), text, {
          flag: 'wx',
          mode: file === program ? PROGRAM : FILE,
        });
      }
      renameSync(systemPath(unfinished), systemPath(path));
    } finally {
      rmSync(systemPath(unfinished), { recursive: true, force: true });
    }
  });
}

function refuseExisting(path: string): void {
  const status = reported(path, () => lstatSync(systemPath(path), { throwIfNoEntry: false }));
  if (status) throw existing(path, 'EEXIST');
}

const existing = (path: string, errno: string) =>
  new OutputError(path, errno, 'there is one already, and nothing is overwritten', {
    hint: 'choose another name, or another folder: --directory DIR',
  });

/** Reports what the system says as an OutputError. */
function reported<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTEMPTY') throw existing(path, code);
    throw new OutputError(path, code, reasonOf(cause), { cause });
  }
}
