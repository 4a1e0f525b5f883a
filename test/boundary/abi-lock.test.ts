import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { structs } from '../../src/contract/structs.js';

test('koffi lays out the structs of the contract as the C compiler does', () => {
  const lock = readFileSync(new URL('../../native/include/plughost/abi.lock', import.meta.url), 'utf8');
  const lines = Object.entries(structs).flatMap(([name, { size, alignment, members = {} }]) => [
    `struct ${name} size ${size} align ${alignment}`,
    ...Object.values(members).map((field) => `  ${field.name} offset ${field.offset} size ${field.type.size}`),
  ]);
  expect(`${lines.join('\n')}\n`).toBe(lock);
});
