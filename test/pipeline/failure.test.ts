import { describe, expect, it } from 'vitest';
import { errorOf } from '../../src/pipeline/failure.js';

describe('an input whose decoder is missing', () => {
  it('is an error that says what to install, and what helps until then', () => {
    const failure = {
      kind: 'no-decoder' as const,
      subject: Buffer.from('a.xz'),
      operation: 'xz',
      code: 0,
      message: 'liblzma-dev',
      tool: 'xz -dc',
      offset: 0,
      fatal: false,
      plugin: 0n,
    };
    expect(errorOf(failure, ['a.xz'], '', undefined)).toMatchObject({
      code: 'ERR_INPUT',
      message: 'read a.xz: it is xz, and this build of plughost has no decoder for that',
      hint: 'install its library (Debian: apt-get install liblzma-dev) and build again with: npm run build; or decode it on the way: xz -dc FILE | plughost run -',
    });
  });
});
