import { expect, test } from 'vitest';
import { nearest } from '../../src/text/nearest.js';

test.each([
  ['NewPlugni', ['NewPlugin', 'plug_manifest'], ['NewPlugin']],
  ['newplugin', ['NewPlugin'], ['NewPlugin']],
  ['rnu', ['run'], []],
  ['ru', ['run', 'runs'], ['run']],
  ['load', ['list', 'lead', 'load', 'loads'], ['load', 'lead', 'loads']],
  ['a', ['c', 'A', 'ab'], ['A', 'ab']],
  ['completely-else', ['NewPlugin'], []],
])('%s is near to those of %j that it may be meant for, best first', (name, known, expected) => {
  expect(nearest(name, known)).toEqual(expected);
});
