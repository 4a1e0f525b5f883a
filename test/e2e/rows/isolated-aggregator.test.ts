import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, makeScratch, noCompiler } from '../../helpers/compile.js';
import { host, seen } from '../command.js';
import { WORDS } from './words.js';

// Skipped under a sanitizer, which would catch the memory errors before the host does.
const sanitized = process.env.LD_PRELOAD !== undefined;
const folder = makeScratch();
const words = noCompiler ? '' : compile(folder, 'words', WORDS);

const POISONED = [901, 904, 4000];
const lines = Array.from({ length: 6000 }, (_, i) =>
  POISONED.includes(i) ? `poison ${i} POISON` : `word${i % 91} ${'x'.repeat((i * 7) % 60)} ${i}`,
);
const text = (of: readonly string[]) => of.map((line) => `${line}\n`).join('');
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const log = write('log', text(lines));
const sound = write('sound', text(lines.filter((_, i) => !POISONED.includes(i))));

const faulty = (at: string, fault: string, path = '') =>
  compile(folder, `bad-${at}-${fault}`, WORDS, [`-DAT=${at}_place`, `-DFAULT=${fault}`, `-DPLACE="${path}"`]);
const small = ['--block-size', '64K'];
const isolated = [...small, '--call-timeout', '0.4', '--isolate'];
const sandboxed = [...small, '--call-timeout', '0.4', '--sandbox'];
const folded = (input: string, plugin: string, ...rest: string[]) =>
  host(['run', input, '--parse', words, '--aggregate', plugin, '--by', 'length', ...rest]);
const told = (stderr: string) =>
  [...stderr.matchAll(/line (\d+), byte \d+: the line is left out/g)].map(([, line]) => line);

describe.skipIf(noCompiler || sanitized)('an isolated aggregator that commits a fault', () => {
  it.each([
    ['crash', [isolated, sandboxed]],
    // Each halving of a block waits once more.
    ['stop', [['--block-size', '4K', '--call-timeout', '0.4', '--sandbox']]],
    ['leave', [isolated]],
    ['status', [sandboxed]],
    ['panic', [isolated]],
  ])(
    'by %s costs the rows for which it does, and no others',
    async (fault, places) => {
      const plugin = faulty('update', fault);
      const wanted = seen(await folded(sound, words));
      // Groups are saved often, or never.
      for (const place of places)
        for (const memory of fault === 'crash' ? ['1M', '512M'] : ['1M']) {
          const outcome = seen(await folded(log, plugin, ...place, '--group-memory', memory));
          expect(outcome.stdout).toBe(wanted.stdout);
          expect([outcome.status, told(outcome.stderr).sort()]).toEqual([2, ['4001', '902', '905']]);
        }
    },
    120_000,
  );

  it('costs nothing if it does not do so again', async () => {
    const wanted = seen(await folded(log, words));
    for (const input of [[log], ['-']]) {
      const plugin = faulty('update', 'once', write('once', ''));
      const args = ['run', ...input, '--parse', words, '--aggregate', plugin, '--by', 'length', ...isolated];
      const outcome = seen(await host(args, { input: text(lines) }));
      expect(outcome).toEqual({ ...wanted, stderr: expect.stringContaining('it crashed with SIGABRT') });
      expect(told(outcome.stderr)).toEqual([]);
    }
  });

  it('ends the run where its user wants that, and at the first fault too many', async () => {
    const plugin = faulty('update', 'crash');
    for (const [flags, message] of [
      [['--on-fault', 'stop'], /it crashed with SIGSEGV at address 0x0.*line 902/],
      [['--max-faults', '1'], /it does not survive more lines than are allowed/],
    ] as const) {
      const { status, stdout, stderr } = seen(await folded(log, plugin, ...isolated, '-j', '1', ...flags));
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(message);
    }
  });

  it('because of all rows together ends the run without an answer', async () => {
    const { status, stdout, stderr } = seen(
      await host(['run', log, '--parse', words, '--aggregate', faulty('other', 'full'), ...isolated]),
    );
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('it survives these lines alone, and not together with earlier ones');
  });

  it('after its file has changed ends the run without an answer', async () => {
    const changing = write('changing', text([...lines.map((line) => line.replace('POISON', '')), ...lines]));
    const plugin = faulty('update', 'change', changing);
    const { status, stdout, stderr } = seen(await folded(changing, plugin, ...isolated));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`read again ${changing}: it changed while the run was reading it`);
  });

  it.each([
    ['serialize', 'crash', 'serialize: it crashed with SIGSEGV'],
    ['serialize', 'stop', 'serialize: it did not answer in time'],
    ['finish', 'crash', 'finish: it crashed with SIGSEGV'],
    ['finish', 'outside', 'it gave a text that does not lie in what it made'],
    ['finish', 'beyond', 'it gave a value to a group that it was not asked about'],
    ['other', 'huge', 'serialize'],
    ['other', 'other', 'merge: no state'],
  ])('at %s by %s ends the run without an answer', async (at, fault, message) => {
    const plugin = faulty(at, fault);
    for (const place of fault === 'stop' ? [sandboxed] : [isolated, sandboxed]) {
      const { status, stdout, stderr } = seen(await folded(log, plugin, ...place));
      expect([status, stdout.split('\n')[1] ?? '']).toEqual([2, '']);
      expect(stderr).toContain(message);
    }
  });
});
