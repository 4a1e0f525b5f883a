import { describe, expect, test } from 'vitest';
import type { ConfigSchema } from '../../../src/contract/manifest.js';
import { type Config, completeConfig } from '../../../src/loader/config/config.js';
import { completeParameters, type Parameter, parseParameter } from '../../../src/loader/config/parameters.js';
import { describeOptions } from '../../../src/loader/config/schema.js';
import { thrown } from '../../helpers/thrown.js';

const owner = { label: 'level', path: '/plugins/liblevel.so' };

const schema: ConfigSchema = {
  type: 'object',
  properties: {
    min: {
      type: 'string',
      enum: ['info', 'warn', 'error'],
      default: 'warn',
      description: 'The lowest level that is kept',
    },
    pattern: { type: 'string', pattern: '^[a-z]+$' },
    limit: { type: 'integer', minimum: 1, default: 10 },
    ratio: { type: 'number' },
    strict: { type: 'boolean', default: false },
    fields: { type: 'array', items: { type: 'string' }, default: ['level'] },
    names: { type: 'object', additionalProperties: { type: 'string' } },
    any: {},
  },
};

const circle: Record<string, unknown> = {};
circle.a = [circle];
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

const complete = (config: Config, by: ConfigSchema = schema) => JSON.parse(completeConfig(owner, by, config));
const refusal = (config: Config, by: ConfigSchema = schema) => {
  const { code, message, hint } = thrown(() => complete(config, by));
  return { reason: `${code} ${message.replace('configure level: ', '')}`, hint };
};

describe('the options of a plugin', () => {
  test('have the defaults of the schema where nothing is given', () => {
    const defaults = { min: 'warn', limit: 10, strict: false, fields: ['level'] };
    expect(complete({})).toEqual(defaults);
    expect(complete({ limit: 3, strict: true, min: undefined, ratio: 0.5 })).toEqual({
      ...defaults,
      limit: 3,
      strict: true,
      ratio: 0.5,
    });
  });

  test.each([null, [], 'text', 5, new Map(), new Date(0), () => {}])('are an object, and not %s', (given) => {
    for (const by of [schema, undefined]) {
      expect(thrown(() => completeConfig(owner, by, given))).toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringMatching(/^configure level: an object of options is needed, not /),
      });
    }
  });

  test('may have keys whose value is undefined, at any depth: those are not given', () => {
    expect(complete({ any: { a: undefined, b: [{ c: undefined }] } }).any).toEqual({ b: [{}] });
  });

  test('may be called as properties of all objects are', () => {
    expect(complete({ any: JSON.parse('{"__proto__":{"a":1}}') }).any).toEqual(JSON.parse('{"__proto__":{"a":1}}'));
  });

  test('are given as they are when there is no schema', () => {
    expect(completeConfig(owner, undefined, { anything: [1, 'ü'] })).toBe('{"anything":[1,"ü"]}');
  });

  test('are refused beyond a bound in words of their own', () => {
    const by: ConfigSchema = { properties: { of: { type: 'string', minLength: 1 }, year: { maximum: 9 } } };
    const reasons = [{ of: '' }, { year: 10 }].map((config) => refusal(config, by).reason);
    expect(reasons).toEqual([
      'ERR_CONFIG the option "of": it must not be empty',
      'ERR_CONFIG the option "year": it must be 9 or less, and is 10',
    ]);
  });

  test.each<[string, Config, string, string | undefined]>([
    ['of another type', { limit: 'ten' }, 'the option "limit": it must be integer, and is "ten"', undefined],
    ['not a whole number', { limit: 1.5 }, 'the option "limit": it must be integer, and is 1.5', undefined],
    ['null', { strict: null }, 'the option "strict": it must be boolean, and is null', undefined],
    ['out of range', { limit: 0 }, 'the option "limit": it must be 1 or more, and is 0', undefined],
    [
      'not one of a list',
      { min: 'warm' },
      'the option "min": it must be one of ["info","warn","error"], and is "warm"',
      undefined,
    ],
    ['not by the pattern', { pattern: 'A1' }, 'the option "pattern": it must match ^[a-z]+$, and is "A1"', undefined],
    ['wrong inside a list', { fields: ['a', 7] }, 'the option "fields.1": it must be string, and is 7', undefined],
    [
      'wrong inside an object',
      { names: { 'a/b': 7 } },
      'the option "names.a/b": it must be string, and is 7',
      undefined,
    ],
    ['misspelt', { limt: 3 }, 'there is no option "limt"', 'did you mean limit?'],
    [
      'unknown',
      { colour: 'red' },
      'there is no option "colour"',
      'its options are: min, pattern, limit, ratio, strict, fields, names, any',
    ],
    ['of a name that objects have anyway', { toString: 'x' }, 'there is no option "toString"', expect.any(String)],
    ['no JSON', { any: 5n }, 'the option "any": a value of JSON is needed, not 5n', undefined],
    [
      'no JSON inside a list',
      { fields: ['a', undefined] },
      'the option "fields.1": a value of JSON is needed, not undefined',
      undefined,
    ],
    ['not a number', { ratio: Number.NaN }, 'the option "ratio": a value of JSON is needed, not NaN', undefined],
    ['a function', { any: () => 1 }, 'the option "any": a value of JSON is needed, not a function', undefined],
    ['a symbol', { any: Symbol('a') }, 'the option "any": a value of JSON is needed, not Symbol(a)', undefined],
    [
      'a Date',
      { any: new Date(0) },
      'the option "any": a value of JSON is needed, not a Date',
      'write: date.toISOString()',
    ],
    [
      'a Map',
      { any: new Map([['a', 1]]) },
      'the option "any": a value of JSON is needed, not a Map',
      'write: Object.fromEntries(map)',
    ],
    ['a Set', { any: new Set() }, 'the option "any": a value of JSON is needed, not a Set', 'write: [...set]'],
    ['bytes', { any: Buffer.from('a') }, 'the option "any": a value of JSON is needed, not a Buffer', undefined],
    [
      'of a class',
      { any: new (class Level {})() },
      'the option "any": a value of JSON is needed, not a Level',
      undefined,
    ],
    ['a hole', { any: new Array(2) }, 'the option "any.0": a value of JSON is needed, not undefined', undefined],
    [
      'half of a surrogate pair',
      { min: '\ud800' },
      'the option "min": it has half of a surrogate pair in it: "\\ud800"',
      undefined,
    ],
    [
      'under half of a surrogate pair',
      { names: { '\udc00': 'a' } },
      'the option "names.\\udc00": the key has half of a surrogate pair in it: "\\udc00"',
      undefined,
    ],
    [
      'under a symbol',
      { any: { [Symbol('a')]: 1 } },
      'the option "any": it has the key Symbol(a), which no JSON has',
      undefined,
    ],
    ['inside themselves', { any: circle }, 'the option "any.a.0": it is inside itself', undefined],
    [
      'deeper than plugins go',
      { any: deep(100) },
      expect.stringMatching(
        /^ERR_CONFIG the option "any\.[0.]+"… \(131 characters\): there are more than 64 levels of it$/,
      ),
      undefined,
    ],
    [
      'what cannot be read',
      {
        get any() {
          throw new Error('not today');
        },
      },
      'the option "any": it cannot be read: not today',
      undefined,
    ],
    [
      'what says itself what it is in JSON',
      { any: { toJSON: () => 1 } },
      'the option "any.toJSON": a value of JSON is needed, not a function',
      undefined,
    ],
    ['a Proxy', { any: new Proxy({}, {}) }, 'the option "any": a value of JSON is needed, not a Proxy', undefined],
  ])('that are %s are refused', (_, config, reason, hint) => {
    expect(refusal(config)).toEqual({ reason: typeof reason === 'string' ? `ERR_CONFIG ${reason}` : reason, hint });
  });

  test('that are missing are named', () => {
    expect(refusal({}, { ...schema, required: ['limit', 'pattern'] })).toEqual({
      reason: 'ERR_CONFIG the option "pattern" is missing',
      hint: 'on the command line: -p pattern=…',
    });
  });

  test('may have any name where the schema says so', () => {
    expect(complete({ other: 1 }, { additionalProperties: true })).toEqual({ other: 1 });
    expect(
      complete({ x1: 'a' }, { patternProperties: { '^x': { type: 'string' } }, additionalProperties: false }),
    ).toEqual({ x1: 'a' });
    expect(refusal({ y1: 'a' }, { patternProperties: { '^x': {} }, additionalProperties: false }).reason).toBe(
      'ERR_CONFIG the option "y1": there is no such option',
    );
  });

  test('that fit none of several forms are told so', () => {
    const by = { properties: { size: { oneOf: [{ type: 'string' }, { type: 'integer' }] } } };
    expect(refusal({ size: true }, by).reason).toBe(
      'ERR_CONFIG the option "size": Instance does not match exactly one subschema (0 matches).',
    );
  });

  test('may be called __proto__ without harm', () => {
    const config = JSON.parse('{"__proto__": {"polluted": true}}');
    expect(completeConfig(owner, { additionalProperties: true }, config)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    [
      'a pattern that is none',
      { properties: { a: { pattern: '(' } } },
      'Invalid regular expression: /(/u: Unterminated group',
    ],
    [
      'a reference to nowhere',
      { properties: { a: { $ref: '#/nope' } } },
      expect.stringMatching(/^Unresolved \$ref "#\/nope"/),
    ],
  ])('cannot be checked by %s, which is a fault of the manifest', (_, by, reason) => {
    const { code, message } = thrown(() => complete({ a: 'x' }, by));
    const start = 'read the manifest of /plugins/liblevel.so: config: it cannot be used as a JSON Schema: ';
    expect({ code, start: message.slice(0, start.length), reason: message.slice(start.length) }).toEqual({
      code: 'ERR_MANIFEST',
      start,
      reason,
    });
  });
});

describe('the text of an option on the command line', () => {
  const parse = (key: string, text: string) => parseParameter('level', schema, key, text);

  test.each<[string, string, unknown]>([
    ['min', 'info', 'info'],
    ['pattern', '12', '12'],
    ['pattern', '', ''],
    ['limit', '12', 12],
    ['limit', '-3', -3],
    ['limit', '1e3', 1000],
    ['ratio', '0.25', 0.25],
    ['ratio', '+1', 1],
    ['strict', 'true', true],
    ['strict', 'false', false],
    ['fields', '["a","b"]', ['a', 'b']],
    ['names', '{"a":"b"}', { a: 'b' }],
    ['any', 'text', 'text'],
  ])('%s=%s becomes what the schema says', (key, text, value) => {
    expect(parse(key, text)).toEqual(value);
  });

  test.each([
    ['limit', 'ten', 'the option "limit": it must be a whole number, and is "ten"', undefined],
    ['limit', '1.5', 'the option "limit": it must be a whole number, and is "1.5"', undefined],
    ['limit', '', 'the option "limit": it must be a whole number, and is ""', undefined],
    [
      'limit',
      '9007199254740993',
      'the option "limit": it must be a whole number, and is "9007199254740993"',
      undefined,
    ],
    ['ratio', '0x10', 'the option "ratio": it must be a number, and is "0x10"', undefined],
    ['ratio', '1e999', 'the option "ratio": it must be a number, and is "1e999"', undefined],
    ['strict', 'yes', 'the option "strict": it must be true or false, and is "yes"', undefined],
    ['fields', 'a,b', 'the option "fields": it must be array, and is "a,b"', 'write it as JSON, such as ["a","b"]'],
    ['names', 'a', 'the option "names": it must be object, and is "a"', 'write it as JSON, such as {"a":1}'],
    ['ratoi', '1', 'there is no option "ratoi"', 'did you mean ratio?'],
  ])('%s=%s is refused', (key, text, reason, hint) => {
    expect(thrown(() => parse(key, text))).toEqual({ code: 'ERR_CONFIG', message: `configure level: ${reason}`, hint });
  });

  test('may be a list where the schema allows a list and a text', () => {
    const either: ConfigSchema = { type: 'object', properties: { names: { type: ['string', 'array'] } } };
    const of = (text: string) => parseParameter('level', either, 'names', text);
    expect([of('a,b'), of('["a,b","c"]'), of(' []')]).toEqual(['a,b', ['a,b', 'c'], []]);
    expect(thrown(() => of('["a"')).hint).toBe('write it as JSON, such as ["a","b"]');
  });

  test('stays text when there is no schema', () => {
    expect(parseParameter('level', undefined, 'limit', '12')).toBe('12');
  });
});

describe('the options of a command line', () => {
  const complete = (parameters: Parameter[], by?: ConfigSchema) =>
    completeParameters({ label: 'level', path: '/plugins/liblevel.so' }, by, parameters);

  test('become one JSON text, of which the last parameter of an option counts, whatever gives it', () => {
    const by: ConfigSchema = { properties: { limit: { type: 'integer', default: 10 }, min: { type: 'string' } } };
    expect(
      complete([{ key: 'limit', text: '1' }, { values: { limit: 2, min: 'a' } }, { key: 'min', text: '7' }], by),
    ).toBe('{"limit":2,"min":"7"}');
    expect(complete([{ values: { limit: 2 } }, { key: 'limit', text: '3' }], by)).toBe('{"limit":3}');
    expect(complete([], by)).toBe('{"limit":10}');
  });

  test('stay text without a schema', () => {
    expect(complete([{ key: 'limit', text: '12' }])).toBe('{"limit":"12"}');
  });

  test('are refused at the first that is wrong, as text or as a value', () => {
    const by: ConfigSchema = { properties: { limit: { type: 'integer' } } };
    expect(
      thrown(() =>
        complete(
          [
            { key: 'limit', text: 'x' },
            { key: 'other', text: '' },
          ],
          by,
        ),
      ).message,
    ).toBe('configure level: the option "limit": it must be a whole number, and is "x"');
    expect(thrown(() => complete([{ values: { limit: 'x' } }], by)).message).toBe(
      'configure level: the option "limit": it must be integer, and is "x"',
    );
  });
});

test('the options are described for people', () => {
  expect(describeOptions({ ...schema, required: ['pattern'] }).slice(0, 3)).toEqual([
    {
      name: 'min',
      type: 'info|warn|error',
      required: false,
      default: 'warn',
      description: 'The lowest level that is kept',
      choices: true,
    },
    { name: 'pattern', type: 'string', required: true, default: undefined, description: '', choices: false },
    { name: 'limit', type: 'integer', required: false, default: 10, description: '', choices: false },
  ]);
});
