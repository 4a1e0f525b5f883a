import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../e2e/command.js';
import { makeScratch } from '../../helpers/compile.js';

/** Bytes that no writer of logs thinks of: NUL, CR, what is not UTF-8, lines of one byte and of none, no newline at the end. */
const HOSTILE = Buffer.concat([
  Buffer.from('ab\n\nab\0ab\nx\r\nab\r\n\r\n1ab22\r\n3\0\0\n'),
  Buffer.from([0xff, 0x61, 0x62, 0xfe, 0x0a, 0x61, 0xc3, 0x62, 0x0a, 0xed, 0xa0, 0x80, 0x61, 0x62, 0x0a]),
  Buffer.from([0x31, 0xff, 0x32, 0x0a, 0xe2, 0x82, 0x33, 0x61, 0x62, 0xf0, 0x9f, 0x98, 0x0a, 0x34, 0xc3, 0x0a]),
  Buffer.from('\ufeffab\nä\u20285ab\na\nb\n٣ ½ 9\n\u{1f600}7\n'),
  Buffer.from(`${'x'.repeat((1 << 20) - 1)}ab${'y'.repeat(1 << 20)}\n`),
  Buffer.from('a\n'.repeat(3000)),
  Buffer.from('ab1\n'.repeat(3000)),
  Buffer.from('the last line has no end: ab 8'),
]);

/** As long as a line may be. */
const LONG = Buffer.alloc(16 << 20, 'x');
LONG.write('12', 0);
LONG.write('ab', LONG.length - 2);

const INPUTS: Record<string, Buffer> = {
  'access.log': readFileSync(join(ROOT, 'samples/access.log')),
  hostile: HOSTILE,
  'one-byte': Buffer.from('a'),
  newline: Buffer.from('\n'),
  nothing: Buffer.alloc(0),
  long: LONG,
};

/** The lines of all inputs, as one text of bytes (latin1) each. */
export const LINES: string[] = Object.values(INPUTS).flatMap((bytes) =>
  bytes.length === 0 ? [] : bytes.toString('latin1').replace(/\n$/, '').split('\n'),
);

/** Writes the inputs and returns their paths. */
export function writeInputs(): { all: string[]; nothing: string } {
  const scratch = makeScratch();
  const all = Object.entries(INPUTS).map(([name, bytes]) => {
    writeFileSync(join(scratch, name), bytes);
    return join(scratch, name);
  });
  return { all, nothing: join(scratch, 'nothing') };
}
