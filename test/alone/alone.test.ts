import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

// A test runner keeps its process alive, and has loaded everything; how things end shows only in processes of their own.
// Each script of this folder is one, with the process that it should be in comments at its end, line by line:
//
//     // status: 0
//     // stdout: a line
//     // stderr: another line
//
// The first line says what it shows. PLUGHOST_NODE names another Node than this one to run them with.

const node = process.env.PLUGHOST_NODE ?? process.execPath;
const scratch = makeScratch();
const scripts = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.[cm]js$/.test(name) && name !== 'parts.mjs')
  .sort();

const wanted = (source: string) => {
  const lines = (stream: string) =>
    [...source.matchAll(new RegExp(`^// ${stream}: ?(.*)$`, 'gm'))].map(([, line]) => `${line}\n`).join('');
  return {
    status: Number(/^\/\/ status: (\d+)$/m.exec(source)?.[1]),
    stdout: lines('stdout'),
    stderr: lines('stderr'),
  };
};

/** Without what differs between machines and versions of Node. */
const plain = (text: string) =>
  text.replaceAll(`file://${import.meta.dirname}/`, '').replaceAll(/^Node\.js v.*$/gm, 'Node.js');

describe.concurrent('a process of its own', () => {
  test.each(scripts)('%s', async (name) => {
    const source = readFileSync(join(import.meta.dirname, name), 'utf8');
    const outcome = seen(await exec(node, [join(import.meta.dirname, name)], { env: { PLUGHOST_SCRATCH: scratch } }));
    expect({ ...outcome, stderr: plain(outcome.stderr) }).toEqual(wanted(source));
  });
});
