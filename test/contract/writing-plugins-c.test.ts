import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPlugin, run } from '../../src/index.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';

const scratch = makeScratch();

/** The programs in the guide, in its order: a filter, then a transform. */
const guide = readFileSync(new URL('../../docs/writing-plugins-c.md', import.meta.url), 'utf8');
const programs = [...guide.matchAll(/```c\n(#include [\s\S]*?)```/g)].map(([, source = '']) => source);
const flags = ['-std=c11', '-O2', '-Wpedantic'];

test.skipIf(noCompiler)(
  'the filter in the guide for authors compiles without a warning and does what it says',
  async () => {
    using longer = loadPlugin(compile(scratch, 'longer', programs[0] ?? '', flags), {
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

test.skipIf(noCompiler)(
  'the transform in the guide for authors compiles without a warning and does what it says, by both calls',
  async () => {
    using transform = loadPlugin(compile(scratch, 'shorten', programs[1] ?? '', flags), { config: { to: 4 } });
    expect(transform.run()).toBe('Cuts lines to a number of bytes');

    const [log, made] = [join(scratch, 'log'), join(scratch, 'made')];
    writeFileSync(log, 'four\nfive!\n\nfive\r\nlast line');
    for (const shape of ['batch', 'line'] as const) {
      const fd = openSync(made, 'w');
      await run([log], { stages: [{ transform, shape }], output: { fd, name: made } });
      closeSync(fd);
      expect(readFileSync(made, 'utf8')).toBe('four\nfive\n\nfive\nlast\n');
    }
  },
);

test.skipIf(noCompiler)('what the guide builds calls its own function where Node exports one of that name', () => {
  const [, options = ''] = /^cc -shared -fPIC -O2 (.*) -Inode_modules/m.exec(guide) ?? [];
  const source = `${(programs[0] ?? '').replace('"Keeps lines longer than a number of bytes")', 'crc32() == 7 ? "own" : "of Node")')}
uint32_t crc32(void) { return 7; }`;
  const declared = source.replace('#include <stdlib.h>', '#include <stdlib.h>\nuint32_t crc32(void);');
  using plugin = loadPlugin(compile(scratch, 'crc', declared, [...flags, ...options.split(' ')]), {
    allowDuplicate: true,
  });
  expect(plugin.run()).toBe('own');
});
