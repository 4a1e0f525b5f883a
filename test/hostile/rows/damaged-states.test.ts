import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPlugin, PlughostError, type Plugin } from '../../../src/index.js';
import { Caller } from '../../../src/pipeline/caller.js';
import { runChecked } from '../../../src/pipeline/run.js';
import { OpenStates } from '../../../src/pipeline/states/open-states.js';
import { builtIn, ROOT } from '../../e2e/command.js';
import { makeScratch } from '../../helpers/compile.js';

// A file of states that was damaged by chance has a wrong checksum, so it is refused, whichever byte it is. Who corrects the
// checksum too may write any answer; then it is refused or there is an answer.

const folder = makeScratch();
const damaged = join(folder, 'damaged.state');
const golden = join(ROOT, 'test/e2e/rows/states');
const csv = loadPlugin('csv');
afterAll(() => csv.close());

/** The checksum at the end of such a file, bit by bit: CRC-32C. */
function checksumOf(bytes: Buffer): Buffer {
  let sum = 0xffff_ffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f6_3b78 : 0);
  }
  const written = Buffer.alloc(4);
  written.writeUInt32LE(~sum >>> 0);
  return written;
}

/** Reads a file to its end and prints its answers. Returns them, or the code and the message of the error. */
async function outcomeOf(bytes: Buffer, aggregator: Plugin): Promise<{ answers: string } | { refused: string }> {
  writeFileSync(damaged, bytes);
  const output = join(folder, 'answers.csv');
  try {
    using states = new OpenStates([damaged], { fd: 0, name: 'nothing' });
    const merging = { states, aggregators: [[aggregator]], answers: () => ({}) };
    await runChecked(Caller.function('run'), [], { merging, output, workers: 1, exporter: csv }, {});
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    return { refused: `${error.code} ${error.message}` };
  }
  return { answers: readFileSync(output, 'utf8') };
}

/** Those of plugins that come with plughost. */
const FILES = readdirSync(golden)
  .map((file) => ({ file, name: file.replace(/-\d+\.state$/, '') }))
  .filter(({ file, name }) => file.endsWith('.state') && existsSync(builtIn(name)));

describe.each(FILES)('a damaged file of states of $name', ({ file, name }) => {
  const bytes = readFileSync(join(golden, file));
  const config = name === 'count' ? {} : { of: 'bytes' };
  const plugin = loadPlugin(name, { config });
  afterAll(() => plugin.close());

  it('is refused, whichever byte is another one', async () => {
    expect(await outcomeOf(bytes, plugin)).toHaveProperty('answers');
    for (let at = 0; at < bytes.length; at++) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ (1 + ((at * 37) % 255));
      expect([at, await outcomeOf(copy, plugin)]).toEqual([at, { refused: expect.stringContaining('damaged.state') }]);
    }
  });

  it('is refused, wherever it ends', async () => {
    for (let length = 0; length < bytes.length; length++)
      expect([length, await outcomeOf(bytes.subarray(0, length), plugin)]).toEqual([
        length,
        { refused: expect.stringContaining('damaged.state') },
      ]);
  });

  it('with the right checksum is refused or has an answer', async () => {
    expect(checksumOf(bytes.subarray(0, -4))).toEqual(bytes.subarray(-4));
    let answers = 0;
    for (let at = 0; at < bytes.length - 4; at++) {
      const other = [0, 0x7f, 0xff][at % 3] as number;
      const copy = Buffer.from(bytes.subarray(0, -4));
      if (copy[at] === other) continue;
      copy[at] = other;
      const outcome = await outcomeOf(Buffer.concat([copy, checksumOf(copy)]), plugin);
      if ('answers' in outcome) answers++;
      else expect(outcome.refused).toMatch(/^ERR_\w+ ./);
    }
    expect(answers).toBeGreaterThan(10);
  });
});
