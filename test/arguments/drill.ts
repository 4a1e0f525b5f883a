// Calls each public function with valid arguments, one of which is replaced in whole or in part by an unexpected value.
// Prints each call that ends neither well nor with a PlughostError. Runs in a process of its own, which a crash would
// end.
//
//   node drill.js LIBRARY FOLDER SEED RUNS
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { type Face, type PublicCall, publicCalls } from './calls.js';

const [, , libraryPath = '', folder = '', seed = '1', runs = '10'] = process.argv;
process.chdir(folder);
const face = (await import(libraryPath)) as Face;

/** Milliseconds, far more than any of these calls takes. */
const PATIENCE = 60_000;

const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const refuse = (): never => {
  throw new RangeError('no');
};
const traps = Object.fromEntries(
  ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'].map((trap) => [trap, refuse]),
);
const detached = () => {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
};
const sparse = (length: number) => {
  const list: unknown[] = [];
  list.length = length;
  return list;
};
class Odd extends Array {
  override get length(): number {
    return -1;
  }
}

/** Each function creates a new value, because a call may use a value up. */
const ODD: (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => -0,
  () => -1,
  () => 0.5,
  () => 2 ** 31,
  () => 2 ** 32,
  () => 2 ** 53,
  () => Number.MAX_VALUE,
  () => 10n ** 40n,
  () => '',
  () => '\0',
  () => 'a\0b',
  () => '\ud800',
  () => 'x'.repeat(1 << 20),
  () => '5',
  () => 'contains',
  () => '.',
  () => '/',
  () => '/dev/null',
  () => Symbol('it'),
  () => Symbol.iterator,
  () => () => {},
  () => async () => {},
  () => new Proxy({}, traps),
  () => new Proxy([], traps),
  () => new Proxy(() => {}, traps),
  () => new Proxy([], { get: (list, key) => (key === 'length' ? 2 ** 52 : Reflect.get(list, key)) }),
  () => revoked({}),
  () => revoked([]),
  () => sparse(2 ** 32 - 1),
  () => sparse(3),
  () => new Odd(),
  () => ({
    get fd() {
      return refuse();
    },
  }),
  () => ({
    get text() {
      return refuse();
    },
  }),
  () => ({ toJSON: refuse }),
  () => ({ toString: refuse, valueOf: refuse, [Symbol.toPrimitive]: refuse }),
  () => ({
    get [Symbol.toStringTag]() {
      return refuse();
    },
  }),
  () => Object.create(null),
  () => JSON.parse('{"__proto__":{"a":1}}'),
  () => Object.defineProperty({}, 'then', { get: refuse }),
  () => Promise.resolve(1),
  () => new Map([['text', 'a']]),
  () => new Set(['a']),
  () => new Date(Number.NaN),
  () => new Error('a'),
  () => /a/,
  () => new URL('https://example.org/a'),
  () => new URL('file:///nowhere/%00'),
  () => new URL('file:///a%2fb'),
  () => new URL('file:///%ff'),
  () => Object.create(URL.prototype),
  () => new AbortController(),
  () => AbortSignal.abort(),
  () => AbortSignal.abort(revoked({})),
  () => Object.create(AbortSignal.prototype),
  () => ({ aborted: false, addEventListener: refuse, removeEventListener: refuse }),
  () => new Proxy(new AbortController().signal, {}),
  () => new Uint8Array(4),
  () => new DataView(new ArrayBuffer(8)),
  () => new Float64Array(2),
  () => new SharedArrayBuffer(8),
  () => detached(),
  () => Buffer.from('a\nb'),
  () => new Duplex(),
  () => new Duplex().destroy(),
  () => Object.create(Duplex.prototype),
  () => new ReadableStream(),
  () => new WritableStream(),
  () =>
    (function* () {
      yield 'a';
    })(),
  () => globalThis,
  () => process,
  () => [[]],
  () => [null],
  () => [{}],
];

/** Functions that create values, because fast-check inspects the values that it generates. */
const anything: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD) },
  {
    weight: 1,
    arbitrary: fc
      .anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
        withObjectString: true,
        withSparseArray: true,
        withTypedArray: true,
        maxDepth: 2,
      })
      .map((value) => () => value),
  },
);

/** Returns the paths of all replaceable values: the arguments, and the values inside of plain objects and lists. */
function placesIn(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return [at, ...value.flatMap((item, i) => placesIn(item, [...at, i]))];
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return [at];
  return [at, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...at, key])), [...at, 'unknownKey']];
}

function replaced(value: unknown, [key, ...rest]: (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? replaced(item, rest, by) : item));
  return { ...(value as object), [key]: replaced((value as Record<string, unknown>)[key], rest, by) };
}

/** Ends what a call has returned, and waits for its end. */
async function settle(given: unknown): Promise<void> {
  const result: unknown = await given;
  if (typeof result !== 'object' || result === null) return;
  if (result instanceof face.PipelineStream) {
    result.on('error', () => {});
    result.destroy();
    await result.result;
  } else if ('readable' in result && 'result' in result) {
    await (result.readable as ReadableStream).cancel();
    await result.result;
  } else if (Symbol.asyncIterator in result) {
    for await (const _ of result as AsyncIterable<unknown>);
  } else if ('plugins' in result && 'failures' in result) {
    for (const plugin of result.plugins as { close(): void }[]) plugin.close();
  } else if ('capabilities' in result) {
    (result as { close(): void } & typeof result).close();
  }
}

/** Returns the error of a call if it is not a PlughostError; undefined otherwise. */
async function faultOf({ call }: PublicCall, given: unknown[]): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((done) => {
    timer = setTimeout(() => done('it hangs'), PATIENCE);
  });
  try {
    return await Promise.race([Promise.resolve(settle(call(...(given as never[])))), late]);
  } catch (error) {
    return error instanceof face.PlughostError && /^ERR_\w+$/.test(error.code) && error.message ? undefined : error;
  } finally {
    clearTimeout(timer);
  }
}

let doing = '';
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    console.log(`${doing}: ${event}: ${(error as Error)?.stack ?? String(error)}`);
    process.exit(1);
  });
}

const calls = publicCalls(face, folder);
for (const one of calls) {
  doing = `${one.name} as it should be`;
  const fault = await faultOf(one, [...one.right]);
  if (fault !== undefined) console.log(`${doing}: ${(fault as Error)?.stack ?? String(fault)}`);
}
let tried = 0;
for (const one of calls) {
  for (const place of placesIn(one.right).slice(1)) {
    doing = `${one.name}(${place.join('.')})`;
    const property = fc.asyncProperty(anything, async (make) => {
      const value = make();
      // Node itself uses these descriptors of this process.
      if (place.at(-1) === 'fd' && typeof value === 'number' && value > 2 && value < 100) return;
      tried++;
      const fault = await faultOf(one, replaced(one.right, place, value) as unknown[]);
      if (fault !== undefined) throw fault instanceof Error ? fault : new Error(String(fault));
    });
    const outcome = await fc.check(property, { seed: Number(seed), numRuns: Number(runs), endOnFailure: true });
    if (outcome.failed) {
      const cause = outcome.errorInstance;
      console.log(`${doing} seed ${seed}: ${cause instanceof Error ? cause.stack : String(cause)}`);
    }
  }
}
console.log(`${tried} calls were tried`);
process.exit(0);
