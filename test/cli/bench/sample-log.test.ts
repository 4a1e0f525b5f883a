import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openSampleLog, SAMPLE_SIZE, writeSampleLog } from '../../../src/cli/bench/sample-log.js';
import { makeScratch } from '../../helpers/compile.js';
import { thrown } from '../../helpers/thrown.js';

const folder = makeScratch();

function logOf(size: number): Buffer {
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  writeSampleLog(fd, size);
  closeSync(fd);
  return readFileSync(path);
}

describe('the log that is made for a bench', () => {
  it('is a log in the combined format, of lines near 190 bytes, some of them of errors and robots', () => {
    const lines = logOf(4 << 20)
      .toString('latin1')
      .split('\n');
    expect(lines.pop()).toBe('');
    const combined =
      /^(\d{1,3}\.){3}\d{1,3} - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "[A-Z]+ \/\S* HTTP\/1\.1" \d{3} \d+ "[^"]+" "[^"]+"$/;
    expect(lines.filter((line) => !combined.test(line))).toEqual([]);
    const bytes = lines.reduce((sum, line) => sum + line.length + 1, 0) / lines.length;
    expect(bytes).toBeGreaterThan(180);
    expect(bytes).toBeLessThan(200);
    const share = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length / lines.length;
    expect(Math.round(share(/" 5\d\d /) * 1000)).toBe(5);
    expect(Math.round(share(/bot/) * 1000)).toBe(10);
  });

  it('is the same each time, and a shorter one is the beginning of a longer one', () => {
    const long = logOf(3_000_000);
    expect(logOf(3_000_000).equals(long)).toBe(true);
    const short = logOf(1_000_000);
    expect(long.subarray(0, short.length).equals(short)).toBe(true);
    expect([short.length > 999_000, short.length <= 1_000_000]).toEqual([true, true]);
    expect(logOf(10)).toEqual(Buffer.alloc(0));
  });

  it('has no name in any folder', () => {
    vi.stubEnv('TMPDIR', folder);
    const before = readdirSync(folder);
    const fd = openSampleLog();
    try {
      expect(readdirSync(folder)).toEqual(before);
      const bytes = readFileSync(fd).length;
      expect([bytes > SAMPLE_SIZE - 1000, bytes <= SAMPLE_SIZE]).toEqual([true, true]);
    } finally {
      closeSync(fd);
      vi.unstubAllEnvs();
    }
  });

  it('says where it cannot be made', () => {
    vi.stubEnv('TMPDIR', join(folder, 'none'));
    try {
      const { code, message, hint } = thrown(openSampleLog);
      expect(code).toBe('ERR_OUTPUT');
      expect(message).toMatch(/^write .*\/none\/plughost-bench-\d+-\d+\.log: no such file or directory$/);
      expect(hint).toBe('name a log to measure with, or another folder with TMPDIR');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
