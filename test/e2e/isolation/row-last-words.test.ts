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
