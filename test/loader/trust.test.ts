import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { open } from '../../src/index.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const proof = join(scratch, 'ran');
const user = process.geteuid?.() ?? 0;
const notRoot = user === 0 ? '' : ' (skipped: only root can give files away)';

let number = 0;
/** A library in a folder of its own, which leaves a file behind when it runs. */
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
