import { execFileSync } from 'node:child_process';
import { ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { loadPlugin } from '../../src/index.js';
import { jsonErrorPlace } from '../../src/text/json-place.js';
import { host, seen, without } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
let made = 0;

const HEAD = { rules: 1, id: 'org.example.x', name: 'x', version: '1.0.0' };

/** Writes a file of rules; text as it is, everything else as JSON. */
function fileOf(content: unknown): string {
  const folder = join(scratch, String(made++));
  mkdirSync(folder);
  const path = join(folder, 'x.rules.json');
  const isRaw = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, isRaw ? content : JSON.stringify({ ...HEAD, ...(content as object) }));
  return path;
}

/** Returns the code and the reason for which a file is refused. */
function refusal(path: string): { code: string; reason: string } {
  const { code, message } = thrown(() => loadPlugin(path));
  return { code, reason: message.slice(message.indexOf(`${path}: `) + path.length + 2) };
}

const KEEP = { keep: { text: 'a' } };
const EXACTLY_ONE =
  'it must have exactly one of text, regex, startsWith, endsWith, equals, above, atLeast, below, atMost, exists, all, any, not';
const BESIDE =
  'ignoreCase may stand beside text, regex, startsWith or endsWith, and field beside all but all, any and not';

describe('a file of rules is refused', () => {
  it.each([
    [{ keep: { regx: 'a' } }, '/keep/regx: there is no such key; did you mean regex?'],
    [{ ...KEEP, tets: [] }, '/tets: there is no such key; did you mean tests?'],
    [{ keep: { feild: 'ms', atLeast: 5 } }, '/keep/feild: there is no such key; did you mean field?'],
    [{ keep: { field: 'ms', atleast: 5 } }, '/keep/atleast: there is no such key; did you mean atLeast?'],
    [
      { keep: { any: [{ text: 'a' }, { text: 'b', ignorecase: true }] } },
      '/keep/any/1/ignorecase: there is no such key; did you mean ignoreCase?',
    ],
    [{ replace: [{ regex: 'a', width: '' }] }, '/replace/0/width: there is no such key; did you mean with?'],
    [{ keep: { 'a/b~c': 1 } }, '/keep/a~1b~0c: there is no such key'],
    [{}, 'it has neither keep nor replace, so it does nothing'],
    [{ ...KEEP, rules: 2 }, '/rules: it must be 1, the version of the format that this host knows, and is 2'],
    [{ ...KEEP, id: 'slow' }, '/id: it must be a reverse domain such as org.example.slow, and is "slow"'],
    [{ ...KEEP, version: '1' }, '/version: it must be a semantic version such as 1.0.0, and is "1"'],
    [{ keep: [] }, '/keep: it must be object, and is a list'],
    [{ keep: { text: 5 } }, '/keep/text: it must be string or array, and is 5'],
    [{ keep: { text: [5] } }, '/keep/text/0: it must be string, and is 5'],
    [{ keep: { text: ['a', ''] } }, '/keep/text/1: it is empty, and an empty text is in every line'],
    [{ keep: { text: [] } }, '/keep/text: the list is empty'],
    [{ keep: { all: [] } }, '/keep/all: the list is empty'],
    [
      { keep: { startsWith: 'a\nb' } },
      '/keep/startsWith: it has a newline in it, which no line can contain, and is "a\\nb"',
    ],
    [{ keep: { not: { text: 'a', regex: 'a' } } }, `/keep/not: ${EXACTLY_ONE}`],
    [{ keep: { all: [{ text: 'a' }], ignoreCase: true } }, `/keep: ${BESIDE}`],
    [{ keep: { all: [{ text: 'a' }], field: 'x' } }, `/keep: ${BESIDE}`],
    [{ keep: { field: 'x', equals: 1, ignoreCase: true } }, `/keep: ${BESIDE}`],
    [{ keep: { field: 'x' } }, `/keep: ${EXACTLY_ONE}`],
    [{ keep: { field: 'x', atLeast: 1, below: 2 } }, `/keep: ${EXACTLY_ONE}`],
    [{ keep: { not: { atLeast: 1 } } }, '/keep/not: it compares a field, and field is missing'],
    [{ keep: { field: '', exists: true } }, '/keep/field: it is empty, and a column has a name'],
    [
      { keep: { field: 'a\0', exists: true } },
      '/keep/field: it has a control character in it, which no name of a column has, and is "a\\u0000"',
    ],
    [
      { keep: { field: 'a\tb', exists: true } },
      '/keep/field: it has a control character in it, which no name of a column has, and is "a\\tb"',
    ],
    [
      { keep: { field: 'é'.repeat(128), exists: true } },
      '/keep/field: it has more than 255 bytes, which no name of a column has',
    ],
    [{ keep: { field: 'x', exists: 1 } }, '/keep/exists: it must be boolean, and is 1'],
    [{ keep: { field: 'x', above: true } }, '/keep/above: it must be string or number, and is true'],
    [
      { keep: { field: 'x', equals: null } },
      '/keep/equals: it must be string or number or boolean or array, and is null',
    ],
    [{ keep: { field: 'x', equals: [] } }, '/keep/equals: the list is empty'],
    [
      { keep: { field: 'x', equals: ['a', 1] } },
      '/keep/equals: the values of a list are texts or numbers, and not both',
    ],
    [
      { ...KEEP, tests: [{ line: 'a', fields: { x: [] }, kept: true }] },
      '/tests/0/fields/x: it must be string or number or boolean or null, and is a list',
    ],
    [{ ...KEEP, tests: [{ line: 'a' }] }, '/tests/0: it has neither kept nor becomes, so it tests nothing'],
    [{ ...KEEP, tests: [{ line: 'a', becomes: 'a' }] }, '/tests/0/becomes: the file has no replace'],
    [
      { replace: [{ regex: 'a', with: '' }], tests: [{ line: 'a', kept: true }] },
      '/tests/0/kept: the file has no keep',
    ],
    [
      { ...KEEP, tests: [{ line: 'a'.repeat(70_000), kept: true }] },
      '/tests/0/line: it is longer than 65536 characters',
    ],
    [
      { ...KEEP, tests: Array(1001).fill({ line: 'a', kept: true }) },
      '/tests: there are 1001, and there may be 1000 at most',
    ],
    ['{"rules": 1, "keep": {"text": "a"}}', 'id is missing'],
    ['{"scripts": {}, "dependencies": {}}', 'it is no file of rules: the key rules is missing'],
    ['[]', 'it must be object, and is a list'],
    ['null', 'it must be object, and is null'],
    ['', 'it is empty'],
    ['\ufeff \n', 'it is empty'],
    [
      `{"__proto__": {"text": "a"}, ${JSON.stringify({ ...HEAD, ...KEEP }).slice(1)}`,
      '/__proto__: there is no such key',
    ],
  ])('by the schema, with the place and the reason, %#', (content, reason) => {
    expect(refusal(fileOf(content))).toEqual({ code: 'ERR_RULES', reason });
  });

  it.each([
    ['{"rules": 1,\n "id": "a.b",}', 'line 2, column 14: it is not JSON: '],
    ['{"rules": 1,\n\n  keep: {}}', 'line 3, column 3: it is not JSON: '],
    ['{"keep": "\t"}', 'line 1, column 10: it is not JSON: '],
    ['// a\n{}', 'line 1, column 1: it is not JSON: '],
    ['{} {}', 'line 1, column 4: it is not JSON: '],
    ['['.repeat(1_000_000), 'line 1, column 1000001: it is not JSON: '],
  ])('with the line and the column where it stops being JSON, %#', (text, reason) => {
    const found = refusal(fileOf(text));
    expect(found.code).toBe('ERR_RULES');
    expect(found.reason.slice(0, reason.length)).toBe(reason);
  });

  it.each([
    `${'['.repeat(500_000)}${']'.repeat(500_000)}`,
    `{"keep": ${'{"not": '.repeat(100_000)}1${'}'.repeat(100_001)}`,
    `{"keep": ${'{"all": ['.repeat(50_000)}1${']}'.repeat(50_000)}}`,
  ])('when it is nested too deep, %#', (text) => {
    expect(refusal(fileOf(text))).toEqual({
      code: 'ERR_RULES',
      reason: 'its arrays and objects are nested too deep',
    });
  });

  it('when it is wrong in more places than a stack holds', () => {
    expect(refusal(fileOf({ keep: { any: Array(300_000).fill(1) } })).reason).toBe(
      '/keep/any/0: it must be object, and is 1',
    );
  });

  it('when it is no file of text', () => {
    const reason = (path: string) => refusal(path).reason;
    expect(reason(fileOf(Buffer.from('{"rules": "\xff"}', 'latin1')))).toBe('it has bytes that are not UTF-8');
    expect(reason(fileOf(Buffer.from('\ufeff{}', 'utf16le')))).toBe('it is UTF-16, not UTF-8');
    const large = fileOf('');
    ftruncateSync(openSync(large, 'r+'), 1 << 30);
    expect(reason(large)).toBe('it is larger than 1 MiB');
  });

  it.each(['directory', 'pipe'])('when it is a %s, without waiting', async (kind) => {
    const path = join(scratch, `${kind}.rules.json`);
    if (kind === 'pipe') execFileSync('mkfifo', [path]);
    else mkdirSync(path);
    const { status, stderr } = seen(await host(['run', 'samples/access.log', '--filter', path]));
    expect([status, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(path)]);
  });

  describe.skipIf(without.rules)(`by the adapter${without.rules}`, () => {
    it.each([
      [{ keep: { any: [{ text: 'a' }, { regex: '(' }] } }, '/keep/any/1/regex: unclosed group'],
      [{ keep: { regex: '\\w{5000}' } }, '/keep/regex: it needs more than 10 MiB'],
      [
        { ...KEEP, tests: [{ line: 'b\u001b[2J', kept: true }] },
        '/tests/0: the line "b\\u{1b}[2J" is dropped, and should be kept',
      ],
      [
        JSON.stringify({ ...HEAD, ...KEEP }).replace('"id"', '"name": "y", "id"'),
        'duplicate field `name` at line 1 column 51',
      ],
      [JSON.stringify({ ...HEAD, ...KEEP }).replace('"a"', '"\\ud800"'), expect.stringMatching(/hex escape at line 1/)],
      [
        { keep: { text: Array(10_000).fill('a').concat('b') } },
        '/keep/text: there are 10001, and there may be 10000 at most',
      ],
      [
        { keep: { any: [{ text: Array(9_999).fill('a') }, { text: 'b' }, { text: 'c' }] } },
        '/keep/any/1: a file may have 10000 conditions at most',
      ],
    ])('with the same error in every place, %#', (content, reason) => {
      const path = fileOf(content);
      for (const isolate of [false, true, { sandbox: true }]) {
        const { code, message, hint } = thrown(() => loadPlugin(path, { isolate }));
        expect({ code, message, hint }).toEqual({
          code: 'ERR_RULES',
          message: expect.anything(),
          hint: 'see docs/forms/rules.md',
        });
        expect(message.replace(`load rules ${path}: `, '')).toEqual(reason);
      }
    });
  });

  it('when it has options, since it takes none', () => {
    expect(thrown(() => loadPlugin(fileOf(KEEP), { config: { text: 'b' } })).code).toBe('ERR_CONFIG');
  });
});

/** Returns the message of the error that a call throws, or nothing. */
function messageOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

test('the place of an error in JSON is where JSON.parse stops', () => {
  const valid = '{"a": [1, -2.5e+3, true, null, "\\u00e9\\n", {}], "b": {"c": []}}';
  for (let at = 0; at < valid.length; at++) {
    for (const text of [valid.slice(0, at), `${valid.slice(0, at)}?${valid.slice(at)}`]) {
      const message = messageOf(() => JSON.parse(text));
      // Some messages of Node name a position.
      const position = / at position (\d+)/.exec(message)?.[1];
      if (position === undefined) continue;
      const column = Number(/column (\d+)$/.exec(jsonErrorPlace(text))?.[1]);
      // Inside a token Node names the character, and we name the token.
      expect(column, text).toBeLessThanOrEqual(Number(position) + 1);
      expect(text.slice(column - 1, Number(position)), text).not.toMatch(/[[\]{},:]/);
    }
  }
});
