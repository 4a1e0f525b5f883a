import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { structs } from '../../src/contract/structs.js';
import { structsOf } from '../helpers/abi-lock.js';

test('the host lays out the structs of the contract as the C compiler does', () => {
  const lock = readFileSync(new URL('../../native/include/plughost/abi.lock', import.meta.url), 'utf8');
  const lines = Object.entries(structs).flatMap(([name, { size, least, alignment, fields }]) => [
    `struct ${name} size ${size} align ${alignment}${least ? ` least ${least}` : ''}`,
    ...Object.entries(fields).map(([field, { offset, size }]) => `  ${field} offset ${offset} size ${size}`),
  ]);
  expect(structsOf(`${lines.join('\n')}\n`)).toEqual(structsOf(lock));
});
