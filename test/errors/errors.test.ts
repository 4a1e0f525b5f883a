import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as errors from '../../src/errors/index.js';
import * as face from '../../src/index.js';

const hostile = 'x\u001b[31m\u0007\r\n\u202e\u2028y';
const cause = new Error(hostile);

/** One error of each class, made with hostile text from plugins and files. */
const made: errors.PlughostError[] = [
  new errors.AddonMismatchError(hostile, hostile),
  new errors.AddonMissingError(hostile, { cause }),
  new errors.RealpathError(hostile, hostile, { cause }),
  new errors.OpenError(hostile, hostile, { cause }),
  new errors.NotALibraryError(hostile, hostile, { cause }),
  new errors.WrongPlatformError(hostile, hostile, hostile),
  new errors.ManifestError(hostile, hostile, { cause }),
  new errors.AbiError(hostile, hostile, hostile),
  new errors.PanicAbortError(hostile),
  new errors.ExecutableMemoryError(hostile, hostile, hostile),
  new errors.MemoryLimitError(hostile, 2, 1),
  new errors.SanitizerError(hostile, hostile, hostile),
  new errors.UntrustedFileError(hostile, hostile, hostile),
  new errors.LockError(hostile, hostile, { hint: hostile }),
  new errors.DuplicatePluginError(hostile, hostile, hostile, hostile),
  new errors.SharedSymbolError(hostile, hostile, hostile, hostile),
  new errors.LibraryClosedError(hostile, hostile),
  new errors.ReadOnlyError(hostile, hostile),
  new errors.SymbolNotFoundError(hostile, hostile, [hostile]),
  new errors.NoNewPluginError(hostile, { cause }),
  new errors.TypeAssertionError(hostile, hostile),
  new errors.ConfigError(hostile, hostile, { hint: hostile }),
  new errors.PluginFailedError(hostile, hostile, hostile, hostile),
  new errors.PluginFaultError(hostile, hostile, hostile, hostile, { hint: hostile }),
  new errors.SandboxError(hostile, { cause }),
  new errors.RunnerError(hostile, hostile, { hint: hostile }),
  new errors.PluginDataError(hostile, hostile, hostile),
  new errors.ContractViolationError(hostile, hostile, hostile),
  new errors.PluginClosedError(hostile, hostile),
  new errors.PluginBusyError(hostile, hostile),
  new errors.SharedPluginError(hostile, hostile),
  new errors.CapabilityError(hostile, hostile, [hostile]),
  new errors.CancelledError(hostile, { cause, hint: hostile }),
  new errors.PluginNotFoundError(hostile, [hostile], [hostile]),
  new errors.AmbiguousPluginError(hostile, [hostile, hostile]),
  new errors.NoPluginsError(hostile, hostile),
  new errors.RulesError(hostile, hostile, { cause }),
  new errors.ScriptError(hostile, hostile, { cause }),
  new errors.WasmError(hostile, hostile, { cause }),
  new errors.FormKindError(hostile, hostile, hostile, [hostile]),
  new errors.FormMissingError(hostile, hostile, hostile),
  new errors.InputError(hostile, hostile, hostile),
  new errors.DecodeError(hostile, hostile, hostile, 1),
  new errors.LineTooLongError(hostile, 1, hostile),
  new errors.OutputError(hostile, hostile, hostile),
  new errors.UsageError(hostile, { hint: hostile }),
  new errors.HttpError(hostile, hostile, { cause }),
  new errors.HandshakeError(hostile, hostile, { first: hostile, errors: [hostile] }, { cause }),
  new errors.PackageMissingError(hostile, [hostile], { cause }),
  new errors.UntrustedConfigError(hostile, hostile, { hint: hostile }),
];

const classes = Object.entries(errors).filter(
  ([, value]) => typeof value === 'function' && value.prototype instanceof errors.PlughostError,
);

describe('the errors', () => {
  test('each is among those that are tested here', () => {
    expect(made.map((error) => error.constructor.name).sort()).toEqual(classes.map(([name]) => name).sort());
  });

  test('each has a code of its own', () => {
    const codes = made.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^ERR_[A-Z_]+$/);
  });

  test('each is named after its class', () => {
    for (const error of made) expect(error.name).toBe(error.constructor.name);
  });

  test('each is exported by the library, and so is their base', () => {
    expect({ ...face }).toMatchObject({ PlughostError: errors.PlughostError, ...Object.fromEntries(classes) });
  });

  test('no control character of a plugin or a file gets into a message or a hint', () => {
    for (const error of made) expect(`${error.message}${error.hint}`).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(new errors.UsageError(`a${hostile}z`).message).toBe('ax\\x1b[31m\\x07 \\u202e\\u2028yz');
  });

  test('the cause and the hint stay reachable', () => {
    const error = new errors.OpenError('a.so', 'no', { cause, hint: 'do this' });
    expect({ cause: error.cause, hint: error.hint }).toEqual({ cause, hint: 'do this' });
  });

  test('a very long text of a plugin is cut', () => {
    expect(new errors.UsageError('x'.repeat(10_000)).message).toBe(`${'x'.repeat(8192)}…`);
  });
});

test('docs/errors.md lists every code once, under its class', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `(ERR_\w+)` \| `(\w+)` \|/gm)].map(([, code, name]) => `${code} ${name}`);
  expect(listed.sort()).toEqual(made.map(({ name, code }) => `${code} ${name}`).sort());
});
