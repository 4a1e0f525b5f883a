import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  ContractViolationError,
  type FilterStage,
  LineTooLongError,
  PluginFailedError,
  type Stage,
} from '../../src/index.js';
import { beginsOddly, fifo, fileOf, fixture, folder, joined, linesOf, outputOf, settings } from './bytes.js';
import { changed, keeps, logs, shapes } from './expected.js';

describe('the lines of a run', () => {
  it('are those that the filter keeps, in order, whatever the shape, the block size and the number of workers', async () => {
    using filter = fixture({ modulus: '3' });
    await fc.assert(
      fc.asyncProperty(logs, settings, shapes, fc.boolean(), async (bytes, setting, shape, invert) => {
        const { output, result } = await outputOf([fileOf(bytes)], {
          stages: [{ filter, shape, invert }],
          ...setting,
        });
        const expected = linesOf(bytes).filter((line) => keeps(line, 3) !== invert);
        expect(output.equals(joined(expected))).toBe(true);
        expect(result?.kept).toBe(expected.length);
        expect(result?.bytes).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });

  it('are those that all filters of a chain keep', async () => {
    const plugins = [fixture({ modulus: '2' }), fixture({ modulus: '3' }), fixture({ modulus: '5' })];
    const stage = fc.record({ index: fc.integer({ min: 0, max: 2 }), shape: shapes, invert: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(logs, settings, fc.array(stage, { maxLength: 4 }), async (bytes, setting, chain) => {
        const stages = chain.map(({ index, ...rest }) => ({ filter: plugins[index], ...rest }) as FilterStage);
        const { output } = await outputOf([fileOf(bytes)], { stages, ...setting });
        const expected = linesOf(bytes).filter((line) =>
          chain.every(({ index, invert }) => keeps(line, [2, 3, 5][index] as number) !== invert),
        );
        expect(output.equals(joined(expected))).toBe(true);
      }),
      { numRuns: 200 },
    );
    for (const plugin of plugins) plugin.close();
  });

  it('are those that any filter of a group keeps, before and after other stages', async () => {
    const plugins = [fixture({ modulus: '2' }), fixture({ modulus: '3' }), fixture({ modulus: '5' })];
    const one = fc.record({ index: fc.integer({ min: 0, max: 2 }), shape: shapes, invert: fc.boolean() });
    const group = fc.array(one, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        logs,
        settings,
        fc.array(group, { maxLength: 3 }),
        fc.boolean(),
        async (bytes, setting, groups, transformed) => {
          const stages: Stage[] = groups.map((any) => ({
            any: any.map(({ index, ...rest }) => ({ filter: plugins[index], ...rest }) as FilterStage),
          }));
          if (transformed && plugins[0]) stages.unshift({ transform: plugins[0] });
          const { output, error } = await outputOf([fileOf(bytes)], { stages, ...setting });
          expect(error).toBeUndefined();
          const lines = linesOf(bytes);
          const expected = (transformed ? lines.flatMap(changed) : lines).filter((line) =>
            groups.every((any) => any.some(({ index, invert }) => keeps(line, [2, 3, 5][index] as number) !== invert)),
          );
          expect(output.equals(joined(expected))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
    for (const plugin of plugins) plugin.close();
  });

  it('are the same where the filter names texts that they hold', async () => {
    const text = fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => bytes.map((byte) => 97 + (byte % 3)));
    const many = fc.array(
      text.map((bytes) => Buffer.from(bytes).toString()),
      { minLength: 1, maxLength: 20 },
    );
    const lines = fc.array(fc.constantFrom(97, 98, 99, 100, 10), { maxLength: 800 }).map((bytes) => Buffer.from(bytes));
    const one = fc.constantFrom('batch' as const, 'line' as const);
    await fc.assert(
      fc.asyncProperty(lines, many, settings, one, fc.boolean(), async (bytes, literals, setting, shape, invert) => {
        using filter = fixture({ modulus: '2', literals });
        const { output, result } = await outputOf([fileOf(bytes)], {
          stages: [{ filter, shape, invert }],
          ...setting,
        });
        const all = linesOf(bytes);
        const holding = all.filter((line) => literals.some((literal) => line.includes(literal)));
        const expected = all.filter((line) => (holding.includes(line) && keeps(line, 2)) !== invert);
        expect(output.equals(joined(expected))).toBe(true);
        // The filter gets only lines with one of the texts, unless there are more than PLUG_LITERALS_MAX.
        if (literals.length <= 16) expect(result?.stages[0]?.linesIn).toBe(holding.length);
      }),
      { numRuns: 300 },
    );
  });

  it('end before a carriage return for filters when they are asked to, and keep it in the output', async () => {
    using filter = fixture({ modulus: '3' });
    const withReturns = fc
      .array(fc.oneof(fc.constantFrom(10, 13), fc.integer({ min: 0, max: 255 })), { maxLength: 1000 })
      .map((bytes) => Buffer.from(bytes))
      .filter((bytes) => !beginsOddly(bytes));
    await fc.assert(
      fc.asyncProperty(withReturns, settings, shapes, fc.boolean(), async (bytes, setting, shape, crlf) => {
        const { output } = await outputOf([fileOf(bytes)], { stages: [{ filter, shape }], crlf, ...setting });
        const lines = linesOf(bytes);
        const ended = bytes.at(-1) === 10 ? lines.length : lines.length - 1;
        const content = (line: Buffer, i: number) =>
          crlf && i < ended && line.at(-1) === 13 ? line.subarray(0, -1) : line;
        expect(output.equals(joined(lines.filter((line, i) => keeps(content(line, i), 3))))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same from a pipe that gives them in pieces', async () => {
    using filter = fixture();
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251));
    for (const setting of [{ blockSize: 1, workers: 3 }, { blockSize: 777, workers: 2 }, { workers: 1 }]) {
      const source = bytes.subarray(0, setting.blockSize === 1 ? 2000 : bytes.length);
      const pipe = fifo();
      const child = spawn('sh', ['-c', `(head -c 100; sleep 0.05; cat) > ${pipe}`], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      child.stdin.end(source);
      const { output } = await outputOf([pipe], { stages: [{ filter }], ...setting });
      expect(output.equals(joined(linesOf(source).filter((line) => keeps(line, 3))))).toBe(true);
    }
  });

  it('of several inputs follow each other, each input ending its last line', async () => {
    const { output, result } = await outputOf(
      [fileOf(Buffer.from('a\nb')), fileOf(Buffer.from('')), fileOf(Buffer.from('c'))],
      {
        stages: [],
        workers: 3,
      },
    );
    expect(output.toString()).toBe('a\nb\nc\n');
    expect(result?.kept).toBe(3);
  });

  it('do not include a byte order mark', async () => {
    const { output } = await outputOf([fileOf(Buffer.from('\ufeffone\ntwo\n'))], { stages: [] });
    expect(output.toString()).toBe('one\ntwo\n');
  });

  it('of an input that cannot be read are missing, and the others are there', async () => {
    const { output, result } = await outputOf([join(folder, 'missing'), folder, fileOf(Buffer.from('x\n'))], {
      stages: [],
    });
    expect(output.toString()).toBe('x\n');
    expect(result?.failures.map(({ message }) => message)).toEqual([
      `open ${join(folder, 'missing')}: no such file or directory`,
      `open ${folder}: illegal operation on a directory`,
    ]);
  });

  it('may be of any length up to the limit, and the first longer one ends the run after the lines before it', async () => {
    const long = Buffer.concat([Buffer.from('short\n'), Buffer.alloc(300_000, 'x'), Buffer.from('\nlast\n')]);
    for (const workers of [1, 4]) {
      const whole = await outputOf([fileOf(long)], { stages: [], workers, blockSize: 4096, maxLine: 300_000 });
      expect(whole.output.equals(long)).toBe(true);
      const cut = await outputOf([fileOf(long)], { stages: [], workers, blockSize: 4096, maxLine: 299_999 });
      expect(cut.error).toBeInstanceOf(LineTooLongError);
      expect((cut.error as Error).message).toContain('the line at byte 6 is longer than 299999 bytes');
    }
  });

  it('go through an ordered filter on one worker', async () => {
    using filter = fixture({ ordered: true });
    const { result } = await outputOf([fileOf(Buffer.alloc(10_000, 'a\n'))], {
      stages: [{ filter }],
      workers: 4,
      blockSize: 100,
    });
    expect(result?.workers).toBe(1);
  });
});
describe('a filter that breaks the contract', () => {
  const input = Buffer.from('first line\nsecond line\nthird line\nfourth line\n');
  it.each([
    ['too-many', 'scan', 'scan returned more spans than there was room for'],
    ['stuck', 'scan', 'scan moved its cursor backwards, not at all, or out of the block'],
    ['beyond', 'scan', 'scan moved its cursor backwards, not at all, or out of the block'],
    ['inside-line', 'scan', 'scan left its cursor inside a line'],
    ['same-twice', 'scan', 'scan gave spans that overlap or do not ascend'],
    ['part-of-line', 'scan', 'scan gave a span that is not exactly one line'],
    ['middle-of-line', 'scan', 'scan gave a span that is not exactly one line'],
    ['two-lines', 'scan', 'scan gave a span that is not exactly one line'],
    ['outside', 'scan', 'scan gave a span that is not exactly one line'],
    ['behind-end', 'scan', 'scan gave a span that is not exactly one line'],
    ['beyond-cursor', 'scan', 'scan gave a span beyond its cursor'],
    ['batch-cancelled', 'batch', 'it returned CANCELLED, and nobody had cancelled'],
    ['literal-long', 'batch', 'literal gave a text that is empty or longer than PLUG_LITERAL_MAX'],
    ['literal-wild', 'line', 'literal gave a text that cannot be read'],
  ] as const)('by %s fails with that rule, and nothing is written', async (fault, shape, rule) => {
    using filter = fixture({ fault, literals: fault.startsWith('literal') ? ['line'] : [] });
    const { output, error } = await outputOf([fileOf(input)], { stages: [{ filter, shape }] });
    expect(error).toBeInstanceOf(ContractViolationError);
    expect((error as Error).message).toContain(rule);
    expect(output.length).toBe(0);
  });

  it.each([false, true])('by giving an empty line after its cursor fails (inverted: %s)', async (invert) => {
    using filter = fixture({ fault: 'empty-at-cursor' });
    const bytes = fileOf(Buffer.from('a\n\nb\n\nc\n'));
    const { output, error } = await outputOf([bytes], { stages: [{ filter, invert, shape: 'scan' }] });
    expect(error).toBeInstanceOf(ContractViolationError);
    expect((error as Error).message).toContain('scan gave a span beyond its cursor');
    expect(output.length).toBe(0);
  });

  it('by setting bits for lines that are not there does no harm', async () => {
    using filter = fixture({ fault: 'batch-bits' });
    const { output } = await outputOf([fileOf(input)], { stages: [{ filter, shape: 'batch' }] });
    expect(output.equals(joined(linesOf(input).filter((line) => keeps(line, 3))))).toBe(true);
  });
});

describe('a filter that fails', () => {
  it('ends the run at its block, in order, and its words are cleaned and placed', async () => {
    const good = Buffer.from('ab\n'.repeat(5000));
    const bytes = Buffer.concat([good, Buffer.from('ERROR here\n'), good]);
    using filter = fixture({ modulus: '1', fault: 'batch-error' });
    for (const workers of [1, 4]) {
      const { output, error } = await outputOf([fileOf(bytes)], {
        stages: [{ filter, shape: 'batch' }],
        workers,
        blockSize: 1000,
      });
      expect(error).toBeInstanceOf(PluginFailedError);
      expect((error as Error).message).toMatch(
        /^plugin engine-fixture: match_batch: the line says \\x1b\[31mERROR: .*, line 5001, byte 15000 \(INTERNAL\)$/,
      );
      // The output has the blocks before the failure, and no more.
      expect(output.equals(bytes.subarray(0, output.length))).toBe(true);
      expect(output.length).toBeGreaterThan(good.length - 1100);
      expect(output.length).toBeLessThanOrEqual(good.length);
    }
  });

  it('by a panic is called no more, save to destroy it', async () => {
    using filter = fixture({ fault: 'panic' });
    const { error } = await outputOf([fileOf(Buffer.alloc(10_000, 'a\n'))], {
      stages: [{ filter, shape: 'batch' }],
      workers: 3,
      blockSize: 100,
    });
    expect((error as PluginFailedError).status).toBe('PANIC');
    expect(() => filter.run()).toThrow('it broke in an earlier call');
  });

  it('by one line names its status', async () => {
    using filter = fixture({ fault: 'match-error' });
    const { error } = await outputOf([fileOf(Buffer.from('x\n'))], { stages: [{ filter, shape: 'line' }] });
    expect((error as PluginFailedError).status).toBe('IO');
  });

  it('to give a state says why', async () => {
    using filter = fixture({ fault: 'no-state' });
    const { error } = await outputOf([fileOf(Buffer.from('x\n'))], { stages: [{ filter }] });
    expect((error as Error).message).toBe('plugin engine-fixture: state_new: there is no state (NOMEM)');
  });
});

describe('a run that is aborted', () => {
  it('ends while the plugin is working, and the plugin can be closed meanwhile', async () => {
    const filter = fixture({ fault: 'hang' });
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 50);
    const ended = outputOf(
      [fileOf(Buffer.alloc(100_000, 'a\n'))],
      { stages: [{ filter, shape: 'batch' }] },
      abort.signal,
    );
    setTimeout(() => filter.close(), 10);
    const { error, output } = await ended;
    expect(error).toBeInstanceOf(CancelledError);
    expect(((error as Error).cause as Error).message).toBe('enough');
    expect(output.length).toBe(0);
  });

  it('ends although a pipe gives nothing', async () => {
    // One pipe with a writer that writes nothing, which is this process, and one without a writer.
    const [silent, orphan] = [fifo(), fifo()];
    const fd = openSync(silent, 'r+');
    for (const pipe of [silent, orphan]) {
      const { error } = await outputOf([pipe], { stages: [] }, AbortSignal.timeout(50));
      expect(error).toBeInstanceOf(CancelledError);
    }
    closeSync(fd);
  });
});

describe('an exporter', () => {
  const input = Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join(''));

  it('that needs order sees every line through one state, between begin and end', async () => {
    using exporter = fixture();
    const { output } = await outputOf([fileOf(input)], { stages: [], exporter, workers: 4, blockSize: 500 });
    const rows = Array.from({ length: 5000 }, (_, i) => `${i + 1}:line ${i}\n`).join('');
    expect(output.toString()).toBe(`begin\n${rows}end\n`);
  });

  it('that works row by row gives the same bytes on every number of workers', async () => {
    using exporter = fixture({ rowwise: true });
    let offset = 0;
    const rows = linesOf(input).map((line) => {
      const row = `${offset}:${line}\n`;
      offset += line.length + 1;
      return row;
    });
    for (const workers of [1, 2, 7]) {
      const { output } = await outputOf([fileOf(input)], { stages: [], exporter, workers, blockSize: 500 });
      expect(output.toString()).toBe(`begin\n${rows.join('')}end\n`);
    }
  });

  it('that takes only a part is offered the rest', async () => {
    using exporter = fixture({ fault: 'again' });
    const { output } = await outputOf([fileOf(input)], { stages: [], exporter });
    expect(linesOf(output)).toHaveLength(5002);
  });

  it.each([
    ['again-none', 'write returned AGAIN and took no line, or more than there were'],
    ['took-few', 'write returned success and did not take every line'],
  ])('that breaks the contract by %s fails with that rule', async (fault, rule) => {
    using exporter = fixture({ fault });
    const { error } = await outputOf([fileOf(input)], { stages: [], exporter });
    expect((error as Error).message).toContain(rule);
  });

  it('writes its frame also when there are no lines', async () => {
    using exporter = fixture();
    const { output } = await outputOf([fileOf(Buffer.alloc(0))], { stages: [], exporter });
    expect(output.toString()).toBe('begin\nend\n');
  });
});
