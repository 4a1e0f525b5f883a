import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPlugin, run } from '../../src/index.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';

const scratch = makeScratch();

test.skipIf(noCompiler)(
  'the filter in the guide for authors compiles without a warning and does what it says',
  async () => {
    const guide = readFileSync(new URL('../../docs/writing-plugins-c.md', import.meta.url), 'utf8');
    const source = /```c\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
    using longer = loadPlugin(compile(scratch, 'longer', source, ['-std=c11', '-O2', '-Wpedantic']), {
      config: { than: 4 },
    });
    expect(longer.run()).toBe('Keeps lines longer than a number of bytes');

    const [log, kept] = [join(scratch, 'log'), join(scratch, 'kept')];
    writeFileSync(log, 'four\nfive!\n\nfive\r\nlast line');
    const fd = openSync(kept, 'w');
    await run([log], { stages: [{ filter: longer }], output: { fd, name: kept } });
    closeSync(fd);
    expect(readFileSync(kept, 'utf8')).toBe('five!\nfive\r\nlast line\n');
  },
);
