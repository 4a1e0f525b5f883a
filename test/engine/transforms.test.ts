import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CancelledError, ContractViolationError, type PluginFailedError, run, type Stage } from '../../src/index.js';
import { fileOf, fixture, joined, linesOf, outputOf, settings } from './bytes.js';
import { changed, keeps, logs, placedLinesOf, shapes, text } from './expected.js';

const callShapes = fc.constantFrom('auto' as const, 'batch' as const, 'line' as const);

describe('the lines of a run with transforms', () => {
  it('are those that the transform makes, in order, whatever the shape, the block size and the number of workers', async () => {
    using transform = fixture();
    await fc.assert(
      fc.asyncProperty(logs, settings, callShapes, async (bytes, setting, shape) => {
        const { output, result } = await outputOf([fileOf(bytes)], { stages: [{ transform, shape }], ...setting });
        const lines = linesOf(bytes);
        const expected = lines.flatMap(changed);
        expect(output.equals(joined(expected))).toBe(true);
        const { linesIn, linesKept, linesChanged } = result?.stages[0] ?? {};
        expect({ kept: result?.kept, linesIn, linesKept, linesChanged }).toEqual({
          kept: expected.length,
          linesIn: lines.length,
          linesKept: expected.length,
          linesChanged: lines.filter((line) => changed(line)[0] !== line).length,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('pass filters and transforms in the order in which they are given, and each sees what the one before made', async () => {
    const plugins = [fixture({ modulus: '2' }), fixture({ modulus: '3' })] as const;
    using exporter = fixture({ rowwise: true });
    const stage = fc.oneof(
      fc.record({ index: fc.constantFrom(0, 1), shape: shapes, invert: fc.boolean() }),
      fc.record({ shape: callShapes }),
    );
    await fc.assert(
      fc.asyncProperty(
        logs,
        settings,
        fc.array(stage, { maxLength: 5 }),
        fc.boolean(),
        async (bytes, setting, chain, exports) => {
          const stages = chain.map(
            (stage): Stage =>
              'index' in stage
                ? { filter: plugins[stage.index as 0], shape: stage.shape, invert: stage.invert }
                : { transform: plugins[0], shape: stage.shape },
          );
          const { output } = await outputOf([fileOf(bytes)], {
            stages,
            exporter: exports ? exporter : undefined,
            ...setting,
          });
          const expected = chain.reduce(
            (placed, stage) =>
              'index' in stage
                ? placed.filter(({ line }) => keeps(line, stage.index + 2) !== stage.invert)
                : placed.flatMap(({ line, offset }) => changed(line).map((line) => ({ line, offset }))),
            placedLinesOf(bytes),
          );
          // A row begins with the offset of the line of the input that its line replaces.
          const rows = expected.map(({ line, offset }) => (exports ? text(`${offset}:`, line) : line));
          const [begin, end] = exports ? ['begin\n', 'end\n'] : ['', ''];
          expect(output.toString('latin1')).toBe(`${begin}${joined(rows).toString('latin1')}${end}`);
        },
      ),
      { numRuns: 400 },
    );
    for (const plugin of plugins) plugin.close();
  });

  it('go to an exporter that needs order in order', async () => {
    using transform = fixture();
    using exporter = fixture();
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join(''));
    const expected = linesOf(bytes).flatMap(changed);
    for (const workers of [1, 2, 7]) {
      const stages = [{ transform }, { transform }];
      const { output } = await outputOf([fileOf(bytes)], { stages, exporter, workers, blockSize: 500 });
      const rows = expected.flatMap(changed).map((line, index) => text(`${index + 1}:`, line));
      expect(output.toString()).toBe(`begin\n${joined(rows)}end\n`);
    }
  });

  it('are the bytes of the input, newline added, when nothing changes', async () => {
    using transform = fixture();
    const bytes = Buffer.from('dddd\n'.repeat(100_000)).subarray(0, -1);
    const { output, result } = await outputOf([fileOf(bytes)], { stages: [{ transform }], workers: 2 });
    expect(output.equals(Buffer.concat([bytes, Buffer.from('\n')]))).toBe(true);
    expect(result?.stages[0]?.linesChanged).toBe(0);
  });

  it('go through an ordered transform on one worker, and through one state', async () => {
    using transform = fixture({ ordered: true });
    for (const shape of ['batch', 'line'] as const) {
      const stages = [{ transform, shape }];
      const input = fileOf(Buffer.alloc(10_000, 'a\n'));
      const { output, result } = await outputOf([input], { stages, workers: 4, blockSize: 100 });
      expect(result?.workers).toBe(1);
      expect(output.toString()).toBe(Array.from({ length: 5000 }, (_, i) => `${i + 1} a\n`).join(''));
    }
  });

  it('are counted after the transform when there is no output', async () => {
    using transform = fixture();
    const bytes = Buffer.from('a\nb\nc\nd\n');
    const result = await run([fileOf(bytes)], { stages: [{ transform }] });
    expect({ kept: result.kept, written: result.written }).toEqual({
      kept: linesOf(bytes).flatMap(changed).length,
      written: 0,
    });
  });
});

describe('a transform that breaks the contract', () => {
  const input = Buffer.from('first line\nsecond line\nthird line\nfourth line\n');
  it.each([
    ['change-cancelled', 'batch', 'it returned CANCELLED, and nobody had cancelled'],
    ['change-unended', 'batch', 'what takes the place of a line does not end with a newline'],
    ['change-more', 'batch', 'the lengths of the lines are more than what was written'],
    ['change-less', 'batch', 'the lengths of the lines are less than what was written'],
    ['change-none', 'batch', 'the lengths of the lines are less than what was written'],
    ['change-cancelled', 'line', 'it returned CANCELLED, and nobody had cancelled'],
    ['change-unended', 'line', 'what takes the place of a line does not end with a newline'],
    ['change-unchanged', 'line', 'transform wrote something and returned UNCHANGED'],
  ] as const)('by %s fails with that rule in the %s shape, and nothing is written', async (fault, shape, rule) => {
    using transform = fixture({ fault });
    const { output, error } = await outputOf([fileOf(input)], { stages: [{ transform, shape }] });
    expect(error).toBeInstanceOf(ContractViolationError);
    expect((error as Error).message).toContain(rule);
    expect(output.length).toBe(0);
  });
});

describe('a transform that overwrites the origins of lines', () => {
  it.each(['lines', 'json'] as const)('fails where they are shown (%s), and nothing is written', async (form) => {
    using first = fixture();
    using second = fixture({ fault: 'change-origins' });
    const lines = Buffer.from(Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join(''));
    const stages = [{ transform: first }, { transform: second }];
    const { output, error } = await outputOf([fileOf(lines)], { stages, print: { form, numbers: true } });
    expect(error).toBeInstanceOf(ContractViolationError);
    expect((error as Error).message).toContain('the origins of its lines do not ascend');
    expect(output.length).toBe(0);
  });
});

describe('a transform that fails', () => {
  it.each([
    ['batch', 'that is as it was read', 'xERRORb', 1],
    ['line', 'that is as it was read', 'xERRORb', 1],
    ['batch', 'that another transform has made', 'xERROR', 0],
    ['line', 'that another transform has made', 'xERROR', 0],
  ] as const)(
    'by %s on a line %s ends the run at its block, and names an offset in the input',
    async (shape, _, line, at) => {
      const good = Buffer.from('dddd\naaab\nabcd\n'.repeat(1000));
      const path = fileOf(Buffer.concat([good, Buffer.from(`${line}\n`), good]));
      using first = fixture();
      using transform = fixture({ fault: 'change-error' });
      for (const workers of [1, 3]) {
        const { output, error } = await outputOf([path], {
          stages: [{ transform: first }, { transform, shape }],
          workers,
          blockSize: 1000,
        });
        const said = `plugin engine-fixture: transform${shape === 'batch' ? '_batch' : ''}: the line says ERROR: ${path}`;
        expect((error as Error).message).toBe(`${said}, line 3001, byte ${good.length + at} (INTERNAL)`);
        const expected = joined(linesOf(good).flatMap(changed).flatMap(changed));
        expect(expected.subarray(0, output.length).equals(output)).toBe(true);
        expect(output.length).toBeGreaterThan(expected.length - 5000);
      }
    },
  );

  it('by writing without end is stopped, though it does not look at what the sink says', async () => {
    using transform = fixture({ fault: 'change-huge' });
    const { output, error } = await outputOf([fileOf(Buffer.from('a\n'))], { stages: [{ transform }] });
    expect((error as Error).message).toBe(
      'plugin engine-fixture: transform_batch: there is no room for its output, which may have 33554448 bytes for one block (NOMEM)',
    );
    expect(output.length).toBe(0);
  });

  it('by a panic is called no more, save to destroy it', async () => {
    using transform = fixture({ fault: 'panic' });
    const { error } = await outputOf([fileOf(Buffer.alloc(10_000, 'a\n'))], {
      stages: [{ transform }],
      workers: 3,
      blockSize: 100,
    });
    expect((error as PluginFailedError).status).toBe('PANIC');
    expect(() => transform.run()).toThrow('it broke in an earlier call');
  });

  it('to give a state says why', async () => {
    using transform = fixture({ fault: 'no-state' });
    const { error } = await outputOf([fileOf(Buffer.from('x\n'))], { stages: [{ transform }] });
    expect((error as Error).message).toBe('plugin engine-fixture: state_new: there is no state (NOMEM)');
  });

  it('to end on its own ends when the run is aborted', async () => {
    using transform = fixture({ fault: 'hang' });
    const input = fileOf(Buffer.alloc(100_000, 'a\n'));
    const { error } = await outputOf([input], { stages: [{ transform }] }, AbortSignal.timeout(50));
    expect(error).toBeInstanceOf(CancelledError);
  });
});
