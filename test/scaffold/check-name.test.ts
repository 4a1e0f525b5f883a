import { describe, expect, it } from 'vitest';
import { checkName } from '../../src/scaffold/check-name.js';
import { NEW_FORMS, type NewFormName } from '../../src/scaffold/new-forms.js';
import { describeValue } from '../../src/text/describe.js';
import { thrown } from '../helpers/thrown.js';

const FORMS = Object.keys(NEW_FORMS) as NewFormName[];
const RULE = 'a name begins with a letter from a to z, and has these letters, digits, - and _, at most 64';

describe('the name of a new plugin', () => {
  it.each(['slow', 'a', 'slow-lines', 'slow_lines', 'a1-_', 'x'.repeat(64)])('may be %s in every form', (name) => {
    for (const form of FORMS) checkName(form, name);
  });

  it.each([
    ['', 'write: plughost new c NAME'],
    ['../x', 'the folder has a flag of its own: plughost new c NAME --directory DIR'],
    ['/etc/x', 'the folder has a flag of its own: plughost new c NAME --directory DIR'],
    ['.', 'write: plughost new c NAME'],
    ['-rf', 'write: plughost new c NAME'],
    ['9lives', 'write: plughost new c NAME'],
    ['x'.repeat(300), 'write: plughost new c NAME'],
    ['a\nb', 'write: plughost new c a-b'],
    ['a\0b', 'write: plughost new c a-b'],
    ['Slow Lines', 'write: plughost new c slow-lines'],
    ['größe', 'write: plughost new c gr-e'],
    ['slow.js', 'write: plughost new c slow-js'],
    ['$(touch x)', 'write: plughost new c NAME'],
    ['a\udcff', 'write: plughost new c a-'],
  ])('is never %j', (name, hint) => {
    for (const form of FORMS) {
      expect(thrown(() => checkName(form, name))).toMatchObject({
        code: 'ERR_USAGE',
        message: `new: ${describeValue(name)}: ${RULE}`,
        hint: hint.replace('new c', `new ${form}`),
      });
    }
  });

  it.each(['con', 'nul', 'aux', 'prn', 'com1', 'lpt9'])('is never %s, a device of Windows', (name) => {
    for (const form of FORMS)
      expect(thrown(() => checkName(form, name)).message).toBe(`new: "${name}": Windows keeps this name for a device`);
  });

  it('is no word that the tools of its form keep', () => {
    const words: Partial<Record<NewFormName, string[]>> = {
      c: ['all', 'test', 'install', 'clean', 'help', 'plughost_contract'],
      go: ['v0', 'v2', 'v10'],
      rust: ['fn', 'self', 'match', 'core', 'std', 'test', 'plughost', 'serde_json', 'serde-json'],
    };
    for (const form of FORMS) {
      for (const name of new Set(Object.values(words).flat())) {
        const made = () => checkName(form, name);
        if (words[form]?.includes(name)) expect(thrown(made)).toMatchObject({ code: 'ERR_USAGE' });
        else expect(made, `${form} ${name}`).not.toThrow();
      }
    }
  });
});
