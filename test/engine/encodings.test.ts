import { spawn } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exec, host, without } from '../e2e/command.js';
import { fifo, fileOf, fixture, joined, linesOf, outputOf, settings } from './bytes.js';

const MARKS = { 'utf-16le': 'fffe', 'utf-16be': 'feff', 'utf-32le': 'fffe0000', 'utf-32be': '0000feff' };
type Encoding = keyof typeof MARKS;
const ENCODINGS = Object.keys(MARKS) as Encoding[];

/** Returns the byte order mark, the bytes of `units`, and `rest`. */
function encoded(encoding: Encoding, units: number[], rest: Uint8Array = Buffer.alloc(0)): Buffer {
  const size = encoding.startsWith('utf-16') ? 2 : 4;
  const bytes = Buffer.alloc(size * units.length);
  for (const [i, unit] of units.entries()) {
    if (encoding.endsWith('le')) bytes.writeUIntLE(unit, i * size, size);
    else bytes.writeUIntBE(unit, i * size, size);
  }
  return Buffer.concat([Buffer.from(MARKS[encoding], 'hex'), bytes, rest]);
}

const unitsOf = (encoding: Encoding, text: string): number[] =>
  encoding.startsWith('utf-16')
    ? Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
    : Array.from(text, (character) => character.codePointAt(0) ?? 0);

/** Decodes as the WHATWG Encoding Standard does, and ripgrep. */
function decoded(encoding: Encoding, units: number[], rest: Uint8Array): Buffer {
  if (encoding.startsWith('utf-16')) {
    const stored = encoded(encoding, units, rest);
    return Buffer.from(new TextDecoder(encoding).decode(stored));
  }
  const isCharacter = (code: number) => code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  const text = units.map((code) => String.fromCodePoint(isCharacter(code) ? code : 0xfffd)).join('');
  return Buffer.from(text + (rest.length > 0 ? '\ufffd' : ''));
}

const text = Array.from(
  { length: 3000 },
  (_, i) => `${i} größer 日本語 ${i % 7 === 0 ? '😀' : 'plain words'}\r\n`,
).join('');

describe.each(ENCODINGS)('an input of %s, which begins with its byte order mark', (encoding) => {
  const size = encoding.startsWith('utf-16') ? 2 : 4;
  const unit = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 97, max: 122 }) },
    { weight: 2, arbitrary: fc.constant(10) },
    fc.constantFrom(0, 13, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0xfeff),
    fc.integer({ min: 0xd7fe, max: 0xe002 }),
    fc.constantFrom(0xd83d, 0xde00),
    size === 2 ? fc.nat(0xffff) : fc.constantFrom(0x10000, 0x10ffff, 0x110000, 0xffffffff),
  );

  it('gives the lines of its text as UTF-8 in any block size, on any number of workers, also out of gzip', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(unit, { maxLength: 400 }),
        fc.uint8Array({ maxLength: size - 1 }),
        fc.boolean(),
        settings,
        async (units, rest, zipped, setting) => {
          // Excludes a second mark, and the NUL after a UTF-16 mark that would make it the mark of UTF-32.
          fc.pre(units[0] !== 0xfeff && !(encoding === 'utf-16le' && units[0] === 0));
          const stored = encoded(encoding, units, rest);
          const { output, result } = await outputOf([fileOf(zipped ? gzipSync(stored) : stored)], setting);
          expect(result?.failures).toEqual([]);
          expect(output.toString()).toBe(joined(linesOf(decoded(encoding, units, rest))).toString());
        },
      ),
      { numRuns: 150 },
    );
  });

  it('may come through a pipe, in pieces', async () => {
    const pipe = fifo();
    const done = outputOf([pipe], {});
    const child = spawn('sh', ['-c', `(head -c 1; sleep 0.02; head -c 702; sleep 0.02; cat) > ${pipe}`], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(encoded(encoding, unitsOf(encoding, text)));
    expect((await done).output.toString()).toBe(text);
  });

  it('with nothing after the mark has no lines, and all of it counts as read', async () => {
    const stored = encoded(encoding, []);
    const { output, result } = await outputOf([fileOf(stored)], {});
    expect([output.length, result?.bytes]).toEqual([0, stored.length]);
    const whole = encoded(encoding, unitsOf(encoding, text));
    expect((await outputOf([fileOf(whole)], { workers: 2, blockSize: 1000 })).result?.bytes).toBe(whole.length);
  });

  it('is filtered, numbered and cut at long lines as its text', async () => {
    using filter = fixture({ modulus: '1' });
    const input = fileOf(encoded(encoding, unitsOf(encoding, `\n12345678\n123\n`)));
    const { output, result } = await outputOf([input], {
      stages: [{ filter }],
      print: { numbers: true },
      maxLine: 5,
      longLines: 'skip',
    });
    expect(output.toString()).toBe('1:\n3:123\n');
    expect(result?.longLines).toBe(1);
  });
});

describe.skipIf(without.ripgrep)(`UTF-16 beside ripgrep${without.ripgrep}`, () => {
  interface Match {
    type: string;
    data: { lines: unknown; line_number: number; absolute_offset: number };
  }
  const matchesOf = (json: Buffer) =>
    json
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Match)
      .filter(({ type }) => type === 'match')
      .map(({ data: { lines, line_number, absolute_offset } }) => ({ lines, line_number, absolute_offset }));

  it.each(['utf-16le', 'utf-16be'] as const)('gives the same lines, numbers and offsets: %s', async (encoding) => {
    const odd = encoded(encoding, [...unitsOf(encoding, `${text}größer \ud83d\n\ude00 größer\nlast größer`), 0xd83d]);
    const path = fileOf(Buffer.concat([odd, Buffer.from([0x41])]));
    const ours = await host(['run', path, '--filter', 'contains', '-p', 'text=größer', '--json']);
    const theirs = await exec('rg', ['--json', 'größer', path]);
    expect(matchesOf(ours.stdout)).toEqual(matchesOf(theirs.stdout));
    expect(matchesOf(ours.stdout)).toHaveLength(3003);
    const plain = ['run', path, '--filter', 'contains', '-p', 'text=größer', '-n'];
    expect((await host(plain)).stdout.equals((await exec('rg', ['-n', 'größer', path])).stdout)).toBe(true);
  });
});
