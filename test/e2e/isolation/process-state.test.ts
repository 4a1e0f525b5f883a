import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { type Call, type Change, type Ending, StateDrill } from '../../process-state/drill.js';

// A part of `npm run drill:state`. Skipped under a sanitizer, which changes the state of the process too.
const sanitized = process.env.LD_PRELOAD !== undefined;
const drill = new StateDrill(makeScratch());

const EXPECTED: [Change, Call, Ending][] = [
  ['nothing', 'match', 'unharmed'],
  ['folder', 'constructor', 'reported'],
  ['folder', 'match', 'reported'],
  ['umask-0777', 'NewPlugin', 'reported'],
  ['umask-0', 'scan', 'reported'],
  ['limit-of-files', 'constructor', 'reported'],
  ['limit-of-files', 'match', 'refused'],
  ['close-input', 'constructor', 'reported'],
  ['close-output', 'transform', 'reported'],
  ['replace-output', 'write', 'reported'],
  ['close-errors', 'init', 'reported'],
  ['read-input', 'match', 'unharmed'],
  ['environment', 'constructor', 'reported'],
  ['environment', 'match', 'refused'],
  ['no-environment', 'init', 'reported'],
  ['locale', 'init', 'reported'],
  ['locale', 'match', 'refused'],
  ['locale', 'write', 'refused'],
  ['locale-of-thread', 'match', 'unharmed'],
  ['tiny-is-zero', 'constructor', 'unharmed'],
  ['tiny-is-zero', 'match', 'unharmed'],
  ['precision', 'state_new', 'unharmed'],
  ['rounding', 'transform', 'unharmed'],
  ['traps', 'extension', 'unharmed'],
  ['block-signals', 'NewPlugin', 'reported'],
  ['ignore-signals', 'run', 'reported'],
  ['print', 'match', 'reported'],
  ['print-at-once', 'init', 'reported'],
  ['print-at-once', 'write', 'reported'],
];

const onX86 = process.arch === 'x64';
const X86: readonly Change[] = ['tiny-is-zero', 'precision'];

describe.skipIf(sanitized)('a plugin in the process of the host that changes', () => {
  it.each(EXPECTED.filter(([change]) => onX86 || !X86.includes(change)))('%s in %s: the run is %s', async (...row) => {
    const [change, call, ending] = row;
    expect(await drill.attempt(change, call, 'in-process')).toBe(ending);
  });
});

const ISOLATED: [Change, Call][] = [
  ['folder', 'match'],
  ['close-output', 'constructor'],
  ['locale', 'match'],
  ['tiny-is-zero', 'match'],
  ['rounding', 'init'],
  ['print-at-once', 'destroy'],
];

describe.skipIf(sanitized).each(['isolated', 'sandboxed'] as const)('a plugin that is %s', (place) => {
  it.each(ISOLATED)('and changes %s in %s costs nothing', async (change, call) => {
    expect(await drill.attempt(change, call, place)).toMatch(/^(unharmed|reported)$/);
  });
});
