import { describe, expect, it } from 'vitest';
import type { NativeFailure } from '../../src/addon/run-result.js';
import { errorOf } from '../../src/pipeline/failure.js';

const FAILURE: NativeFailure = {
  kind: 'plugin',
  subject: Buffer.from('p'),
  operation: 'match_batch',
  code: -9,
  message: 'no',
  tool: '',
  offset: -1,
  input: -1,
  line: 0,
  fatal: true,
};
const contextOf = (...inputs: string[]) => ({ inputs, output: '', unparsed: '', maxLine: undefined });
const messageOf = (more: Partial<NativeFailure>) =>
  errorOf({ ...FAILURE, ...more }, contextOf('a.log', 'b.log')).message;

describe('an input whose decoder is missing', () => {
  it('is an error that says what to install, and what helps until then', () => {
    const failure: NativeFailure = {
      ...FAILURE,
      kind: 'no-decoder',
      subject: Buffer.from('a.xz'),
      operation: 'xz',
      code: 0,
      message: 'liblzma-dev',
      tool: 'xz -dc',
      offset: 0,
      fatal: false,
    };
    expect(errorOf(failure, contextOf('a.xz'))).toMatchObject({
      code: 'ERR_INPUT',
      message: 'read a.xz: it is xz, and this build of plughost has no decoder for that',
      hint: 'install its library (Debian: apt-get install liblzma-dev) and build again with: npm run build; or decode it on the way: xz -dc FILE | plughost run -',
    });
  });
});

describe('an error that a plugin reports', () => {
  it('names the input, the line and the byte, as far as they are known', () => {
    expect(messageOf({})).toBe('plugin p: match_batch: no (INTERNAL)');
    expect(messageOf({ offset: 5, input: 1, line: 3 })).toBe(
      'plugin p: match_batch: no: b.log, line 3, byte 5 (INTERNAL)',
    );
    // The lines of a stream are counted for isolated plugins alone.
    expect(messageOf({ offset: 5, input: 0 })).toBe('plugin p: match_batch: no: a.log, byte 5 (INTERNAL)');
  });
});
