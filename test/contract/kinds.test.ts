import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KIND_NAMES, KINDS } from '../../src/contract/kinds.js';

const root = new URL('../../', import.meta.url);
/** The build's own scripts. */
const { readKinds } = (await import(new URL('scripts/generate/kinds.mjs', root).href)) as {
  readKinds(text: string): object[];
};
const { generated } = (await import(new URL('scripts/generate/generated.mjs', root).href)) as {
  generated(): Record<string, string>;
};
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const rows = textOf('native/include/plughost/kinds.def');

test('the files that are made from lists in native code are current', () => {
  const made = generated();
  expect(Object.keys(made).length).toBeGreaterThanOrEqual(3);
  for (const [path, text] of Object.entries(made)) expect(textOf(path), `${path}: npm run build writes it`).toBe(text);
});

test('each kind has a header, which names its id, flags and functions as the row does', () => {
  const headers = readdirSync(new URL('native/include/plughost/', root)).filter((file) => file.endsWith('.h'));
  for (const kind of KIND_NAMES) {
    expect(headers).toContain(`${kind}.h`);
    const header = textOf(`native/include/plughost/${kind}.h`);
    const NAME = `PLUG_${kind.toUpperCase()}`;
    expect(header).toContain(`#define ${NAME} "${KINDS[kind].id}"`);
    const flags = [...header.matchAll(new RegExp(`#define ${NAME}_(\\w+) (\\d+)u$`, 'gm'))];
    expect(flags.map(([, flag, bit]) => [flag, Number(bit)])).toEqual(Object.entries(KINDS[kind].flags));
    const struct = new RegExp(`typedef struct plug_${kind} \\{(.*?)\\n\\} plug_${kind};`, 's').exec(header)?.[1] ?? '';
    const functions = [...struct.matchAll(/\(\*(\w+)\)\(/g)].map(([, name]) => name);
    expect(functions).toEqual(['state_new', 'state_free', ...KINDS[kind].functions]);
  }
});

test('a row that cannot be read is named', () => {
  const row = 'PLUG_KIND(sorter, SORTER, "plug.sorter/1",\n          PLUG_OFTEN(sort),\n          ,\n          )\n';
  expect(() => readKinds(rows + row)).toThrow('kinds.def: this is no row of a kind: PLUG_KIND(sorter');
  const good = row.replace('PLUG_OFTEN', 'PLUG_MANDATORY');
  expect(readKinds(rows + good).at(-1)).toMatchObject({
    name: 'sorter',
    functions: ['sort'],
    flags: {},
    exclusive: [],
  });
  // No row takes the next one in.
  expect(readKinds(good + good)).toHaveLength(2);
  expect(() => readKinds(good.replace(/\)\n$/, '\n') + good)).toThrow('kinds.def: this is no row of a kind');
});
