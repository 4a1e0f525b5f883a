import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatLock, lockEntryOf, open } from '../../src/index.js';
import { distrustOf } from '../../src/loader/trust/trust.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const proof = join(scratch, 'ran');
const user = process.geteuid?.() ?? 0;
const notRoot = user === 0 ? '' : ' (skipped: only root can give files away)';

let number = 0;
/** Compiles a library in a folder of its own. It creates a file when its code runs. */
function library(): { path: string; folder: string } {
  const folder = join(scratch, `folder-${number++}`);
  mkdirSync(folder, { mode: 0o755 });
  const source = `#include <stdio.h>
    __attribute__((constructor)) static void start(void) { fclose(fopen("${proof}", "w")); }`;
  return { path: compile(folder, 'trusted', source), folder };
}

describe.skipIf(noCompiler)(`a library${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  beforeEach(() => rmSync(proof, { force: true }));

  const refuse = (path: string, reason: string, remedy: string) => {
    expect(thrown(() => open(path))).toEqual({
      code: 'ERR_UNTRUSTED_FILE',
      message: `open plugin ${path}: ${reason}`,
      hint: `mend it with: ${remedy}; or allow it with --allow-writable (allowWritable)`,
    });
    expect(existsSync(proof)).toBe(false);
    expect(open(path, { allowWritable: true }).path).toBe(path);
    expect(existsSync(proof)).toBe(true);
  };

  test('that others may write is refused, with the command that mends it', () => {
    const { path } = library();
    chmodSync(path, 0o757);
    refuse(path, `${path} may be written by everybody (mode 757)`, `chmod go-w ${path}`);
  });

  test('whose folder others may write is refused', () => {
    const { path, folder } = library();
    chmodSync(folder, 0o777);
    refuse(path, `${folder} may be written by everybody (mode 777)`, `chmod go-w ${folder}`);
  });

  test('in a folder like /tmp, where only owners replace their files, is trusted', () => {
    const { path, folder } = library();
    chmodSync(folder, 0o1777);
    expect(open(path).path).toBe(path);
  });

  test('that others may write is refused, even if it has the sticky bit, which means nothing on a file', () => {
    const { path } = library();
    chmodSync(path, 0o1777);
    refuse(path, `${path} may be written by everybody (mode 1777)`, `chmod go-w ${path}`);
  });

  test('below a folder that others may write is refused, however far below', () => {
    const { path, folder } = library();
    const deep = join(folder, 'a', 'b');
    mkdirSync(deep, { recursive: true, mode: 0o755 });
    const moved = join(deep, 'libtrusted.so');
    renameSync(path, moved);
    chmodSync(folder, 0o777);
    refuse(moved, `${folder} may be written by everybody (mode 777)`, `chmod go-w ${folder}`);
  });

  test.skipIf(notRoot)(`below a folder of somebody else is refused, even if nobody may write that${notRoot}`, () => {
    const { path, folder } = library();
    const deep = join(folder, 'deep');
    mkdirSync(deep, { mode: 0o755 });
    const moved = join(deep, 'libtrusted.so');
    renameSync(path, moved);
    chownSync(folder, 12345, 12345);
    chmodSync(folder, 0o555);
    refuse(moved, `${folder} belongs to the user 12345, who is neither root nor you`, `chown ${user} ${folder}`);
  });

  test.skipIf(notRoot)(`that a group may write is refused, unless it is the owner's own${notRoot}`, () => {
    const { path } = library();
    chownSync(path, 0, 4);
    chmodSync(path, 0o775);
    refuse(path, `${path} may be written by the group 4 (mode 775)`, `chmod go-w ${path}`);
    const own = library();
    chmodSync(own.path, 0o775);
    expect(open(own.path).path).toBe(own.path);
  });

  test.skipIf(notRoot)(`that belongs to somebody else is refused, and so is one in their folder${notRoot}`, () => {
    const file = library();
    chownSync(file.path, 12345, 12345);
    refuse(
      file.path,
      `${file.path} belongs to the user 12345, who is neither root nor you`,
      `chown ${user} ${file.path}`,
    );
    rmSync(proof);
    const { path, folder } = library();
    chownSync(folder, 12345, 12345);
    refuse(path, `${folder} belongs to the user 12345, who is neither root nor you`, `chown ${user} ${folder}`);
  });
});

describe('a path', () => {
  const place = join(scratch, 'places');
  const open = join(place, 'open');
  const sticky = join(place, 'sticky');
  const own = join(place, 'own');
  mkdirSync(place, { mode: 0o755 });
  for (const [folder, mode] of [
    [open, 0o777],
    [sticky, 0o1777],
    [own, 0o755],
  ] as const) {
    mkdirSync(folder);
    chmodSync(folder, mode);
  }
  writeFileSync(join(sticky, 'file'), '');
  symlinkSync(open, join(own, 'to-open'));
  symlinkSync(own, join(open, 'to-own'));
  symlinkSync('../own', join(sticky, 'to-own'));
  symlinkSync('round', join(own, 'round'));

  test.each([
    ['of a file in a sticky folder', join(sticky, 'file'), undefined],
    ['that leads nowhere, in a folder of ours', join(own, 'none/such'), undefined],
    [
      'that leads nowhere, where others may make it',
      join(open, 'none/such'),
      `${open} may be written by everybody (mode 777)`,
    ],
    [
      'that leads nowhere, where others may make it beside others',
      join(sticky, 'none'),
      `${sticky} may be written by everybody (mode 1777)`,
    ],
    [
      'through a link into a folder of others',
      join(own, 'to-open/x'),
      `${open} may be written by everybody (mode 777)`,
    ],
    [
      'through a link that others may replace',
      join(open, 'to-own/x'),
      `${open} may be written by everybody (mode 777)`,
    ],
    ['through a link of ours in a sticky folder', join(sticky, 'to-own/x'), undefined],
    ['that goes round in circles', join(own, 'round'), undefined],
  ])('%s', (_, path, why) => {
    expect(distrustOf(path)?.why).toBe(why);
  });

  test.skipIf(notRoot)(`through a link of somebody else in a sticky folder${notRoot}`, () => {
    const link = join(sticky, 'theirs');
    symlinkSync(own, link);
    lchownSync(link, 12345, 12345);
    expect(distrustOf(join(link, 'x'))?.why).toBe(`${link} belongs to the user 12345, who is neither root nor you`);
  });
});

describe.skipIf(noCompiler)(`a private copy${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  const before = process.env.TMPDIR;
  beforeEach(() => rmSync(proof, { force: true }));
  afterEach(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const locked = () => {
    const { path } = library();
    const lock = join(scratch, `${number}.lock`);
    writeFileSync(lock, formatLock([lockEntryOf(path)]));
    return { path, lock };
  };

  test('is not made where others may replace it, whatever else is allowed', () => {
    const { path, lock } = locked();
    process.env.TMPDIR = join(scratch, 'places/open');
    expect(thrown(() => open(path, { lock, allowWritable: true }))).toEqual({
      code: 'ERR_UNTRUSTED_FILE',
      message: `open plugin ${path}: its private copy would not be private: ${process.env.TMPDIR} may be written by everybody (mode 777)`,
      hint: `mend it with: chmod go-w ${process.env.TMPDIR}; or set TMPDIR to a folder of your own`,
    });
    expect(existsSync(proof)).toBe(false);
  });

  test('is made in a folder like /tmp', () => {
    const { path, lock } = locked();
    process.env.TMPDIR = join(scratch, 'places/sticky');
    expect(open(path, { lock }).path).toBe(path);
  });

  test('needs a folder that is there', () => {
    const { path, lock } = locked();
    process.env.TMPDIR = join(scratch, 'nowhere');
    expect(thrown(() => open(path, { lock }))).toEqual({
      code: 'ERR_INPUT',
      message: `make a private copy in ${scratch}/nowhere: no such file or directory`,
      hint: 'set TMPDIR to a folder that exists and that you may write',
    });
  });
});
