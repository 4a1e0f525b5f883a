import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InProcessInstance } from '../../src/boundary/in-process.js';
import { open } from '../../src/index.js';
import schema from '../../src/loader/forms/rules.schema.json' with { type: 'json' };
import { parseRules } from '../../src/loader/forms/rules-file.js';
import { assertPlugin } from '../../src/loader/plugin/type-assertion.js';
import { builtIn, without } from '../e2e/command.js';

/** Values that are right in some place of a file and wrong in others. */
const wrong = fc.constantFrom<unknown>(
  null,
  true,
  0,
  1,
  1.5,
  '',
  'a',
  'a\nb',
  '\ufeff',
  '$0',
  [],
  ['a'],
  ['a', ''],
  [1],
  {},
  [{}],
);
const name = fc.constantFrom(
  'text',
  'regex',
  'startsWith',
  'endsWith',
  'ignoreCase',
  'all',
  'any',
  'not',
  'field',
  'equals',
  'atLeast',
  'exists',
  'Text',
);

/** Returns objects with some of these keys, mostly with the right values, and now and then with another key. */
function objects(right: Record<string, fc.Arbitrary<unknown>>, required: string[]): fc.Arbitrary<object> {
  const each = Object.fromEntries(
    Object.entries(right).map(([key, value]) => [
      key,
      fc.oneof({ weight: 30, arbitrary: value }, { weight: 1, arbitrary: wrong }),
    ]),
  );
  const known = fc.record(each, { requiredKeys: required } as never) as fc.Arbitrary<object>;
  const extra = fc.dictionary(name, wrong, { maxKeys: 1 });
  return fc.oneof(
    { weight: 20, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, extra).map(([object, more]) => ({ ...object, ...more })) },
    { weight: 1, arbitrary: fc.record(each, { requiredKeys: [] }) as fc.Arbitrary<object> },
  );
}

const text = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'b c', 'é', '\0', '\r', '\u2028') },
  { weight: 1, arbitrary: fc.string() },
);
const regex = fc.constantFrom('a', 'b+', '^c', '');

const field = fc.constantFrom('status', 'req.headers.host', 'é', ' ');
const number = fc.constantFrom(0, -1, 1.5, 1e300, 2 ** 53);
const bound = fc.oneof(number, text, fc.constant('2026-01-31T09:30:00Z'));
const scalar = fc.oneof(bound, fc.boolean());

const { condition } = fc.letrec<{ condition: unknown }>((tie) => {
  const list = fc.array(tie('condition'), { minLength: 1, maxLength: 3 });
  const search = { ignoreCase: fc.boolean() };
  return {
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      objects({ text: fc.oneof(text, fc.array(text, { minLength: 1 })), ...search }, ['text']),
      objects({ regex, ...search }, ['regex']),
      objects({ startsWith: text, ...search }, ['startsWith']),
      objects({ endsWith: text, ...search }, ['endsWith']),
      objects({ all: list }, ['all']),
      objects({ any: list }, ['any']),
      objects({ not: tie('condition') }, ['not']),
      objects({ field, text, ...search }, ['field', 'text']),
      objects(
        { field, equals: fc.oneof(scalar, fc.array(text, { minLength: 1 }), fc.array(number, { minLength: 1 })) },
        ['field', 'equals'],
      ),
      ...['above', 'atLeast', 'below', 'atMost'].map((key) => objects({ field, [key]: bound }, ['field', key])),
      objects({ field, exists: fc.boolean() }, ['field', 'exists']),
      objects({ text, regex, field, equals: scalar, not: tie('condition') }, []),
    ),
  };
});

const line = fc.constantFrom('a', 'b c', '');
const file = objects(
  {
    rules: fc.constantFrom(1, 1.0),
    id: fc.constantFrom('org.example.x', 'a.b-c_d.e9'),
    name: fc.constantFrom('x', '9x.+-_'),
    version: fc.constantFrom('1.0.0', '0.0.1-rc.1+b'),
    $schema: text,
    description: fc.string(),
    license: fc.constant('MIT'),
    keep: condition,
    replace: fc.array(
      objects({ regex, with: fc.constantFrom('', '$0', 'b'), ignoreCase: fc.boolean() }, ['regex', 'with']),
      { minLength: 1, maxLength: 2 },
    ),
    tests: fc.array(
      objects({ line, kept: fc.boolean(), becomes: line, fields: fc.dictionary(field, fc.option(scalar)) }, ['line']),
      { maxLength: 2 },
    ),
  },
  ['rules', 'id', 'name', 'version'],
);

/** Returns why something refuses; undefined if it does not. */
function reasonOf(what: () => void): string | undefined {
  try {
    what();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

/** Returns why the adapter refuses a text by itself. The schema runs no test. */
function refusalOfAdapter(text: string): string | undefined {
  using library = open(builtIn('rules'));
  const { address, struct, cleanup } = assertPlugin(library);
  const instance = new InProcessInstance(address, struct, 'rules', cleanup);
  const reason = reasonOf(() =>
    instance.init(JSON.stringify({ module: [{ name: 'x.rules.json', text }], config: {} })),
  );
  instance.destroy();
  return reason && /\/tests\/\d+: the (line|column) /.test(reason) ? undefined : reason;
}

describe.skipIf(without.rules)(`the schema of rules${without.rules}`, () => {
  it('takes what the adapter takes, and refuses what it refuses', { timeout: 120_000 }, () => {
    const counts = { taken: 0, refused: 0 };
    const property = fc.property(file, (value) => {
      const text = JSON.stringify(value);
      const [bySchema, byAdapter] = [reasonOf(() => parseRules(text)), refusalOfAdapter(text)];
      // The schema knows nothing of expressions, of which the adapter reads one before it checks what follows.
      fc.pre(!byAdapter?.includes('/regex: it has a newline'));
      counts[bySchema === undefined ? 'taken' : 'refused']++;
      expect([bySchema !== undefined, text, bySchema, byAdapter]).toEqual([
        byAdapter !== undefined,
        text,
        bySchema,
        byAdapter,
      ]);
    });
    fc.assert(property, { numRuns: Number(process.env.PLUGHOST_ROUNDS ?? 300) });
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(30);
  });

  it('names the keys that an editor completes, each with a description', () => {
    const described = [schema, schema.$defs.condition, schema.$defs.replacement, schema.$defs.test];
    const missing = described.flatMap(({ properties }) =>
      Object.entries(properties).filter(([, part]) => !('description' in part)),
    );
    expect(missing).toEqual([]);
  });
});
