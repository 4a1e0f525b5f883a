import { execFileSync, spawnSync } from 'node:child_process';
import { fileOf, outputOf } from './bytes.js';

/** A format of compressed inputs, encoded by its usual program. */
export interface Format {
  name: string;
  encode(bytes: Uint8Array, ...flags: string[]): Buffer;
  /** The reason why it cannot be tested here, for test titles; empty if it can. */
  skipped: string;
}

interface Row {
  name: string;
  tool: string;
  flags: string[];
  /** A compressed file of an empty text, in hexadecimal. */
  empty: string;
}

const ROWS: Row[] = [
  { name: 'gzip', tool: 'gzip', flags: ['-n'], empty: '1f8b080000000000000303000000000000000000' },
  { name: 'zstd', tool: 'zstd', flags: ['-q'], empty: '28b52ffd240001000099e9d851' },
  { name: 'xz', tool: 'xz', flags: [], empty: 'fd377a585a000004e6d6b446000000001cdf44211fb6f37d010000000004595a' },
  { name: 'lzma', tool: 'xz', flags: ['--format=lzma'], empty: '5d00008000ffffffffffffffff0083fffbffffc0000000' },
  { name: 'bzip2', tool: 'bzip2', flags: [], empty: '425a683917724538509000000000' },
];

export const formats: Format[] = await Promise.all(
  ROWS.map(async ({ name, tool, flags, empty }) => ({
    name,
    encode: (bytes: Uint8Array, ...more: string[]) =>
      execFileSync(tool, [...flags, '-c', ...more], { input: bytes, maxBuffer: 1 << 30 }),
    skipped: spawnSync(tool, ['--version'], { stdio: ['ignore', 'ignore', 'ignore'] }).error
      ? ` (skipped: ${tool} is not installed)`
      : (await isDecoded(empty))
        ? ''
        : ` (skipped: this build has no decoder for ${name})`,
  })),
);

/** Returns the format of that name. @throws when there is none */
export function formatOf(name: string): Format {
  const format = formats.find((one) => one.name === name);
  if (!format) throw new Error(name);
  return format;
}

async function isDecoded(empty: string): Promise<boolean> {
  const { result } = await outputOf([fileOf(Buffer.from(empty, 'hex'))], {});
  return !result?.failures.some(({ message }) => message.includes('this build of plughost has no decoder'));
}
