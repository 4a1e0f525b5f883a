import { describe, expect, it } from 'vitest';
import type { NativeFailure } from '../../src/addon/run-result.js';
import { Caller } from '../../src/pipeline/caller.js';
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
const contextOf = (...inputs: string[]) => ({
  caller: Caller.function('run'),
  inputs,
  states: [] as string[],
  output: '',
  unparsed: '',
  maxLine: undefined,
});
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

describe('a function of an aggregator that fails on states', () => {
  const failure: NativeFailure = { ...FAILURE, subject: Buffer.from('sum'), operation: 'merge', message: 'too many' };
  it.each([
    [['a.state'], 'a.state'],
    [['a.state', 'b.state'], 'a.state and b.state'],
    [['a.state', 'b.state', 'c.state'], 'a.state and 2 more'],
  ])('is named with their files: %j', (states, files) => {
    expect(errorOf(failure, { ...contextOf(), states })).toMatchObject({
      message: expect.stringMatching(/^plugin sum: merge: too many \(\w+\)$/),
      hint: `this function of the plugin failed on the states of ${files}`,
    });
    expect(errorOf({ ...failure, kind: 'contract' }, { ...contextOf(), states })).toMatchObject({
      message: 'plugin sum: merge: too many',
      hint: `this function of the plugin failed on the states of ${files}; this is a fault of the plugin; tell its author`,
    });
  });
});
