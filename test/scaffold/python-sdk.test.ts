import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { python, skippedFor } from '../remote/peers/peers.js';

const scratch = makeScratch();
const interpreter = python();
const lacks = skippedFor(interpreter);

/** The files in a folder, but for what an interpreter has compiled. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.includes('__pycache__'))
    .sort();

// A package that root has installed cannot be written by those who use it.
it.skipIf(lacks).for(['plugins-python/plughost', 'python/plughost_spark'])(
  `pip builds the package in %s and writes nothing into its folder${lacks}`,
  { timeout: 120_000 },
  (folder, { skip }) => {
    if ('missing' in interpreter) return;
    const name = folder.slice(folder.indexOf('/') + 1);
    const [source, made] = [join(scratch, name), join(scratch, `${name}-made`)];
    cpSync(join(ROOT, folder), source, { recursive: true });
    const before = filesIn(source);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', made];
    const { status, stderr } = spawnSync(interpreter.path, [...pip, source], { encoding: 'utf8' });
    skip(/NewConnectionError|ConnectTimeout/.test(stderr), 'pip reaches no registry');
    expect([status, stderr]).toEqual([0, '']);
    expect(filesIn(source)).toEqual(before);
    const own = (path: string) => path.startsWith(`${name}/`);
    expect(filesIn(made).filter(own)).toEqual(
      before.flatMap((path) => (path.startsWith(`src/${name}/`) ? [path.slice('src/'.length)] : [])),
    );
  },
);
