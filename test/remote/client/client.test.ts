import { ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPlugin, run } from '../../../src/index.js';
import type { Range } from '../../../src/remote/client/check-ranges.js';
import { makeScratch } from '../../helpers/compile.js';
import { skippedFor } from '../peers/peers.js';
import { documented, goPlugin, pythonPlugin } from '../peers/plugins.js';
import { starter } from '../peers/start.js';

const scratch = makeScratch();
const start = starter();

const kept = (block: Uint8Array, ranges: readonly Range[]): Buffer =>
  Buffer.concat(ranges.map(({ begin, end }) => block.subarray(begin, end)));

/** Blocks with everything that logs have: NUL, invalid UTF-8, CRLF, empty lines, no last newline. */
function blocks(): Buffer[] {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const words = ['ERROR', 'ok', '\0', '\r', 'ERR', ' ', '\n', '\n', 'ERRORERROR'].map((word) => Buffer.from(word));
  words.push(Buffer.from([0xff, 0xc3]));
  const made = Array.from({ length: 40 }, (_, i) =>
    Buffer.concat(
      Array.from({ length: 1 + random(i < 30 ? 20 : 20_000) }, () => words[random(words.length)] as Buffer),
    ),
  );
  return [...made, Buffer.from('\n'), Buffer.from('ERROR'), Buffer.from('x')];
}

/** Blocks, and what `contains` keeps of each. */
let cases: Promise<[block: Buffer, wanted: Buffer][]> | undefined;
async function makeCases(): Promise<[Buffer, Buffer][]> {
  const made: [Buffer, Buffer][] = [];
  for (const block of blocks()) made.push([block, await keptByContains(block)]);
  return made;
}

async function keptByContains(block: Buffer): Promise<Buffer> {
  const input = join(scratch, 'block.log');
  const output = join(scratch, 'kept.log');
  writeFileSync(input, block);
  using contains = loadPlugin('contains', { config: { text: 'ERROR' } });
  await run([input], { stages: [{ filter: contains }], output });
  return readFileSync(output);
}

/** A newline that the run added to the last line. */
const ended = (bytes: Buffer): Buffer =>
  bytes.length > 0 && bytes.at(-1) !== 10 ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;

const PLUGINS = {
  Go: goPlugin('contains', documented('go')),
  Python: pythonPlugin('contains', documented('py')),
};

for (const [language, program] of Object.entries(PLUGINS)) {
  describe.skipIf('missing' in program)(
    `the plugin of the documentation in ${language}${skippedFor(program as never)}`,
    () => {
      const name = `contains-${language.toLowerCase()}`;

      test('describes itself, takes its options, and keeps what the plugin contains keeps', async () => {
        const file = openSync(join(scratch, `${language}.memory`), 'w+');
        const size = 1 << 20;
        ftruncateSync(file, size);
        const { client, plugin } = await start(program, { descriptors: [file] });
        expect(await client.describe('a test')).toEqual({
          manifest: expect.objectContaining({ id: 'org.example.contains', name, version: '1.0.0' }),
          name,
          filter: 1,
          transform: undefined,
          exporter: undefined,
          sharedBlocks: true,
          lanes: 1,
        });
        const literals = await client.init('{"text": "ERROR"}', { descriptor: 3, size: BigInt(size) });
        expect(literals.map(String)).toEqual(language === 'Go' ? [String(Buffer.from('ERROR'))] : []);
        expect(await client.run()).toBe(language === 'Go' ? '' : 'Python 3');

        const lane = client.filterLane();
        cases ??= makeCases();
        for (const [block, wanted] of await cases) {
          expect(ended(kept(block, await lane.match({ block })))).toEqual(wanted);
          const at = 4096;
          writeSync(file, block, 0, block.length, at);
          expect(ended(kept(block, await lane.match({ block, at: BigInt(at) })))).toEqual(wanted);
        }
        // Several requests under way are answered in their order, each about its own lines.
        const block = Buffer.from('ERROR 1\nok\nERROR 2\nERROR 3\n');
        const all = [
          [{ begin: 0, end: 8 }],
          [{ begin: 8, end: 27 }],
          [
            { begin: 0, end: 8 },
            { begin: 19, end: 27 },
          ],
        ];
        const answers = await Promise.all(all.map((ranges) => lane.match({ block, ranges })));
        expect(answers.map((ranges) => kept(block, ranges).toString())).toEqual([
          'ERROR 1\n',
          'ERROR 2\nERROR 3\n',
          'ERROR 1\nERROR 3\n',
        ]);
        expect(await plugin.kill()).toEqual({ status: 0, signal: null });
        await expect(lane.match({ block })).rejects.toMatchObject({ code: 'ERR_PLUGIN_FAULT' });
      });

      test('reports options that it cannot use', async () => {
        const { client } = await start(program);
        await expect(client.init('{"text": 7')).rejects.toMatchObject({ code: 'ERR_PLUGIN_FAILED', operation: 'init' });
      });

      test('refuses a block outside of its memory, and goes on', async () => {
        const { client } = await start(program);
        await client.init('{"text": "x"}');
        const lane = client.filterLane();
        const block = Buffer.from('x\n');
        await expect(lane.match({ block, at: 0n })).rejects.toMatchObject({
          code: 'ERR_PLUGIN_FAILED',
          message: expect.stringContaining('a block lies outside of the memory of blocks'),
        });
        expect(await lane.match({ block })).toEqual([{ begin: 0, end: 2 }]);
      });
    },
  );
}

const liar = pythonPlugin('lying', readFileSync(join(import.meta.dirname, '../peers/lying.py'), 'utf8'));

describe.skipIf('missing' in liar)(`a plugin that lies${skippedFor(liar as never)}`, () => {
  test.each([
    ['id', 'it answered request 2, and 1 is next'],
    ['order', 'it answered request 2, and 1 is next'],
    ['twice', 'it answered request 1, and 2 is next'],
    ['0', 'a range has no length'],
    ['0,0', 'a range is empty'],
    ['0,100', 'a range ends outside of the block'],
    ['1,3', 'a range begins inside of a line'],
    ['0,3', 'a range ends inside of a line'],
    ['8,4', 'it keeps lines that it was not asked about'],
    ['4294967295,4294967295', 'a range ends outside of the block'],
  ])('by %s is not believed', async (lie, rule) => {
    const { client } = await start(liar);
    await client.init(JSON.stringify({ lie }));
    const lane = client.filterLane();
    const asked = { block: Buffer.from('one\ntwo\nsix\n'), ranges: [{ begin: 0, end: 8 }] };
    const [first, second] = await Promise.allSettled([lane.match(asked), lane.match(asked)]);
    const failed = lie === 'twice' ? second : first;
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CONTRACT_VIOLATION' } });
    expect((failed as PromiseRejectedResult).reason.message).toBe(`plugin it: match: ${rule}`);
    // Nothing else of that stream is believed.
    await expect(lane.match(asked)).rejects.toMatchObject({ code: 'ERR_CONTRACT_VIOLATION' });
  });

  test.each([
    ['ends', /it ended the stream/],
    ['dies', /14 UNAVAILABLE/],
  ])('or %s fails all that waits', async (lie, reason) => {
    const { client } = await start(liar);
    await client.init(JSON.stringify({ lie }));
    const lane = client.filterLane();
    const block = Buffer.from('one\n');
    for (const result of await Promise.allSettled([lane.match({ block }), lane.match({ block })])) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PLUGIN_FAULT' } });
      expect((result as PromiseRejectedResult).reason.message).toMatch(reason);
    }
  });

  test('and sleeps can be left', async () => {
    const { client } = await start(liar);
    await client.init('{"lie": "sleeps"}');
    const lane = client.filterLane();
    const waiting = lane.match({ block: Buffer.from('one\n') });
    lane.close();
    await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('the lane was closed') });
  });

  test('about its literals is not believed', async () => {
    const { client } = await start(liar);
    await expect(client.init('{"lie": "", "literals": ["a\\nb"]}')).rejects.toMatchObject({
      message: 'plugin it: init: a literal is empty, too long, or has a newline',
    });
  });
});
