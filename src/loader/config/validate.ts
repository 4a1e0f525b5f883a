import { Validator } from '@cfworker/json-schema';
import type { ConfigSchema } from '../../contract/manifest.js';
import { ManifestError, reasonOf } from '../../errors/index.js';
import { keysOf } from '../../text/json-pointer.js';

/** Where a value does not fit the schema, and why. */
export interface Invalid {
  /** The keys that lead to the value, joined by dots; empty for the options as a whole. */
  option: string;
  reason: string;
}

/**
 * Checks options against the schema of a manifest. Returns the first problem of the innermost value, because the values
 * around it are wrong only as a consequence; undefined when all fit.
 * @param path of the library, for messages
 * @throws ManifestError when the schema cannot be used
 */
export function validate(path: string, schema: ConfigSchema, config: unknown): Invalid | undefined {
  const [first] = problemsOf(path, schema, config);
  if (!first) return undefined;
  return {
    option: keysOf(first.instanceLocation).join('.'),
    reason: reasonOfProblem(first, valueAt(schema, first.keywordLocation), valueAt(config, first.instanceLocation)),
  };
}

/** As the validator reports it; the locations are JSON pointers. */
interface Problem {
  keyword: string;
  keywordLocation: string;
  instanceLocation: string;
  error: string;
}

function problemsOf(path: string, schema: ConfigSchema, config: unknown): Problem[] {
  try {
    const { errors } = new Validator(schema as never, '2020-12', false).validate(config);
    const depth = ({ instanceLocation }: Problem) => keysOf(instanceLocation).length;
    return errors.sort((a, b) => depth(b) - depth(a));
  } catch (cause) {
    throw new ManifestError(path, `config: it cannot be used as a JSON Schema: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOfProblem({ keyword, error }: Problem, wanted: unknown, value: unknown): string {
  const found = JSON.stringify(value);
  if (keyword === 'false') return 'there is no such option';
  // The location of a keyword after a $ref does not lead to the keyword's value.
  if (wanted === undefined) return error;
  if (keyword === 'type') return `it must be ${[wanted].flat().join(' or ')}, and is ${found}`;
  if (keyword === 'enum') return `it must be one of ${JSON.stringify(wanted)}, and is ${found}`;
  if (keyword === 'minimum') return `it must be ${wanted} or more, and is ${found}`;
  if (keyword === 'maximum') return `it must be ${wanted} or less, and is ${found}`;
  if (keyword === 'minLength' && wanted === 1) return 'it must not be empty';
  if (keyword === 'pattern') return `it must match ${wanted}, and is ${found}`;
  return error;
}

/** Returns the value that a JSON pointer leads to. */
function valueAt(root: unknown, pointer: string): unknown {
  return keysOf(pointer).reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}
