import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { Drill, type Mode } from '../../misbehaving/drill.js';
import { FAULTS, HARMLESS_FAULTS, misbehaving } from '../../misbehaving/faults.js';
import { IN_PROCESS, UNTOLD } from '../../misbehaving/in-process.js';
import { RUST_FAULTS } from '../../misbehaving/rust-faults.js';

// Skipped under a sanitizer, which would catch the memory errors before the host does.
const sanitized = process.env.LD_PRELOAD !== undefined;
const drill = new Drill(makeScratch());
const withoutRust = existsSync(misbehaving('rust')) ? '' : ' (skipped: it is not built, cargo is missing)';

/** Milliseconds after which a run counts as hanging. A run that ends by itself takes far less. */
const ENDS = 60_000;
const HANGS = 2_000;

describe.skipIf(sanitized)('a plugin in the process of the host', () => {
  const told = IN_PROCESS.flatMap(([ending, names]) => names.map((name) => ({ name, ending })));

  it.concurrent.each(told)('that commits $name: the run $ending', async ({ name, ending }) => {
    const fault = FAULTS.find((one) => one.name === name) ?? { name };
    expect(await drill.commit(fault, 'in-process', ending === 'hangs' ? HANGS : ENDS)).toBe(ending);
  });

  it('is known for what each of its faults does', () => {
    const names = [...told.map(({ name }) => name), ...UNTOLD];
    expect(names.sort()).toEqual([...new Set([...FAULTS.map(({ name }) => name), ...HARMLESS_FAULTS])].sort());
  });
});

const ISOLATED: Mode[] = ['isolated', 'sandboxed'];

describe.skipIf(sanitized).each(ISOLATED)('a plugin that is %s', (mode) => {
  it.concurrent.each(HARMLESS_FAULTS)('and commits %s costs nothing', async (name) => {
    expect(await drill.commit({ name }, mode, ENDS)).toBe('unharmed');
  });
});

describe.skipIf(sanitized || withoutRust)(`a plugin in Rust${withoutRust}`, () => {
  const told = RUST_FAULTS.map(([name, inProcess, isolated]) => ({ name, inProcess, isolated }));

  it.concurrent.each(told.filter(({ inProcess }) => inProcess))(
    'that commits $name: the run $inProcess',
    async (fault) => {
      expect(await drill.commit({ name: fault.name, variant: 'rust' }, 'in-process', ENDS)).toBe(fault.inProcess);
    },
  );

  it.concurrent.each(told)('that commits $name, isolated: the run is $isolated', async ({ name, isolated }) => {
    expect(await drill.commit({ name, variant: 'rust' }, 'isolated', ENDS)).toBe(isolated);
  });
});
