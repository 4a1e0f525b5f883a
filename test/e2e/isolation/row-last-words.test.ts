import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, makeScratch, noCompiler } from '../../helpers/compile.js';
import { host } from '../command.js';
import { WORDS } from '../rows/words.js';

// Skipped under a sanitizer, which has signal handlers and messages of its own.
const sanitized = process.env.LD_PRELOAD !== undefined;
const folder = makeScratch();
const log = join(folder, 'log');
writeFileSync(log, `${'a line\n'.repeat(20_000)}a POISON\n`);

describe.skipIf(noCompiler || sanitized)('a plugin of rows that ends the process that it is in', () => {
  it.each(['parse', 'keep', 'update', 'finish', 'memory', 'revision'])('in %s is named', async (at) => {
    const place = { parse: 'parser', keep: 'filter' }[at] ?? at;
    const plugin = compile(folder, `bad-${at}`, WORDS, [`-DAT=${place}_place`, '-DFAULT=crash']);
    const args = ['run', log, '--parse', plugin, '--filter', plugin, '--aggregate', plugin, '--by', 'length'];
    const outcome = await host([...args, '-j', '1', '--block-size', '64K', '--group-memory', '1M']);
    expect(outcome.signal).toBe('SIGSEGV');
    const block = ['parse', 'keep', 'update'].includes(at) ? `, at the block from byte \\d+ of ${log} on` : '';
    expect(outcome.stderr).toMatch(
      new RegExp(
        `^host: plugin [^:]+: ${at}: it crashed with SIGSEGV, in libbad-${at}\\.so\\+0x[0-9a-f]+${block}\\n {6}.*\\n$`,
      ),
    );
  });
});

describe.skipIf(noCompiler || sanitized)('a plugin of rows that changes the locale', () => {
  it.each([
    ['parser', ['--columns', 'first'], 'it, csv'],
    ['filter', ['--filter', 'it', '--columns', 'first'], 'it, it'],
    ['update', ['--aggregate', 'it'], 'it, it'],
    ['finish', ['--aggregate', 'it'], 'it, csv'],
    ['serialize', ['--aggregate', 'it', '--emit-state'], 'it'],
  ])('in %s ends the run with the names of those that may have done it', async (at, args, names) => {
    const plugin = compile(folder, `locale-${at}`, WORDS, [`-DAT=${at}_place`, '-DFAULT=locale']);
    const given = args.map((arg) => (arg === 'it' ? plugin : arg));
    const outcome = await host(['run', log, '--parse', plugin, ...given, '-o', join(folder, 'out')]);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr.replaceAll(`locale-${at}`, 'it')).toContain(
      `host: plugin ${names}: setlocale: it, or a plugin beside it, changed the locale of the process\n`,
    );
  });
});
