import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENUMS } from '../../src/addon/enums.js';
import type { NativeFault, NativeFaultReport } from '../../src/addon/fault.js';
import { knownAt } from '../../src/addon/known.js';
import type { NativeFailure } from '../../src/addon/run-result.js';
import { addon, buildFolder } from '../../src/addon.js';
import { operationOf, startErrorOf, whatHappened } from '../../src/loader/isolated/fault.js';
import { Caller } from '../../src/pipeline/caller.js';
import { errorOf, faultOf } from '../../src/pipeline/failure.js';
import { thrown } from '../helpers/thrown.js';

test('the compiler and TypeScript know the same values; another one has a word that neither knows', () => {
  const printed = execFileSync(join(buildFolder, 'test/plughost_enums'), { encoding: 'utf8' });
  const lines = Object.entries(ENUMS).map(
    ([name, values]) => `${name}: ${values.join(' ')} | unknown (${values.length})\n`,
  );
  expect(printed.split(/(?<=\n)/).sort()).toEqual(lines.sort());
});

const fault: NativeFault = {
  kind: 'crash',
  state: 'calling',
  operation: '',
  code: 11,
  traced: false,
  address: 0n,
  overflow: false,
  otherThread: false,
  frames: [],
  message: '',
  refusal: 'none',
  peakMemory: 0,
  atMemoryLimit: false,
  refusedCall: '',
};
const report = { label: 'p', verdict: 'passed', reason: '', input: 0, located: true, line: 1, offset: 0, length: 1 };
const failure = { subject: Buffer.from('s'), operation: 'o', code: 1, message: '', tool: '', offset: 0, fatal: true };
const other = <T>(value: object) => value as T;

const caller = Caller.function('run');
const nothing = { caller, inputs: [], states: [], output: '', unparsed: '', maxLine: 1 };

describe('a value that this version does not know is an error, and never a text with undefined in it', () => {
  test.each<[string, () => unknown]>([
    ['State', () => operationOf(other({ ...fault, state: 'toString' }))],
    ['FaultKind', () => whatHappened(other({ ...fault, kind: 'unknown (8)' }))],
    ['Refusal', () => startErrorOf('p', 'p.so', other({ ...fault, kind: 'refusal', refusal: '' }))],
    ['Verdict', () => faultOf(other<NativeFaultReport>({ ...report, fault, lines: 1, text: '', verdict: 'lost' }), [])],
    ['FailureKind', () => errorOf(other<NativeFailure>({ ...failure, plugin: 0n, kind: '__proto__' }), nothing)],
    ['InputState', () => knownAt('InputState', ENUMS.InputState.length)],
    ['EntryKind', () => knownAt('EntryKind', ENUMS.EntryKind.length)],
  ])('%s', (name, call) => {
    const { code, message, hint } = thrown(call);
    expect(code).toBe('ERR_ADDON_MISMATCH');
    expect(message).toContain(`${name} has no value "`);
    expect(hint).toContain('npm run build');
  });

  const print = { form: 'lines', names: false, numbers: false, nul: false, color: false, before: 0, after: 0 };
  const numbers = { limit: 0, inputLimit: 0, workers: 1, blockSize: 0, maxLine: 0 };
  const spec = {
    inputs: [],
    fed: false,
    stages: [],
    exporter: null,
    answers: [],
    merged: null,
    states: null,
    zone: null,
    output: null,
    unparsed: null,
  };
  const flags = { continued: false, crlf: false };
  test.each([
    ['print.form: lines, names or json is needed', { print: { ...print, form: 'xml' }, longLines: 'fail' }],
    ['spec.longLines: fail, skip or split is needed', { print, longLines: 'cut' }],
  ])('in what native code is given: %s', (message, wrong) => {
    expect(() => new (addon().Job)(other({ ...spec, ...flags, ...numbers, ...wrong }))).toThrow(message);
  });
});
