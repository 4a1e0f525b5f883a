import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { type Call, type Change, type Ending, StateDrill } from '../../process-state/drill.js';

// A part of `npm run drill:state`. Under a sanitizer the process is not the plugin's alone.
const sanitized = process.env.LD_PRELOAD !== undefined;
const drill = new StateDrill(makeScratch());

const TOLD: [Change, Call, Ending][] = [
  ['nothing', 'match', 'unharmed'],
  ['folder', 'constructor', 'told'],
  ['folder', 'match', 'told'],
  ['umask-0777', 'NewPlugin', 'told'],
  ['umask-0', 'scan', 'told'],
  ['limit-of-files', 'constructor', 'told'],
  ['limit-of-files', 'match', 'refused'],
  ['close-input', 'constructor', 'told'],
  ['close-output', 'transform', 'told'],
  ['replace-output', 'write', 'told'],
  ['close-errors', 'init', 'told'],
  ['read-input', 'match', 'unharmed'],
  ['environment', 'constructor', 'told'],
  ['environment', 'match', 'refused'],
  ['no-environment', 'init', 'told'],
  ['locale', 'init', 'told'],
  ['locale', 'match', 'refused'],
  ['locale', 'write', 'refused'],
  ['locale-of-thread', 'match', 'unharmed'],
  ['tiny-is-zero', 'constructor', 'unharmed'],
  ['tiny-is-zero', 'match', 'unharmed'],
  ['precision', 'state_new', 'unharmed'],
  ['rounding', 'transform', 'unharmed'],
  ['traps', 'extension', 'unharmed'],
  ['block-signals', 'NewPlugin', 'told'],
  ['ignore-signals', 'run', 'told'],
  ['print', 'match', 'told'],
  ['print-at-once', 'init', 'told'],
  ['print-at-once', 'write', 'told'],
];

const onX86 = process.arch === 'x64';
const X86: readonly Change[] = ['tiny-is-zero', 'precision'];

describe.skipIf(sanitized)('a plugin in the process of the host that changes', () => {
  it.each(TOLD.filter(([change]) => onX86 || !X86.includes(change)))('%s in %s: the run is %s', async (...told) => {
    const [change, call, ending] = told;
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
    expect(await drill.attempt(change, call, place)).toMatch(/^(unharmed|told)$/);
  });
});
