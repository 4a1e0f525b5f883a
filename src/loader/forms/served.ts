import { KIND_NAMES, KINDS, type Kind } from '../../contract/kinds.js';
import type { Manifest } from '../../contract/manifest.js';
import { FormKindError } from '../../errors/index.js';
import type { FormName } from './form.js';

const LINES: readonly Kind[] = ['filter', 'transform', 'exporter'];

/** Which kinds a plugin of each form can be, and what messages call one. */
export const SERVED: Readonly<Record<FormName, { kinds: readonly Kind[]; one: string }>> = {
  native: { kinds: KIND_NAMES, one: 'a library' },
  builtin: { kinds: KIND_NAMES, one: 'a plugin that is built in' },
  rules: { kinds: ['filter', 'transform', 'row_filter'], one: 'a file of rules' },
  script: { kinds: [...LINES, 'row_filter', 'aggregator'], one: 'a script' },
  wasm: { kinds: LINES, one: 'a WebAssembly module' },
  grpc: { kinds: LINES, one: 'a program' },
  http: { kinds: LINES, one: 'a server' },
};

/** The forms that a message proposes instead, the easiest first. */
const PROPOSED: readonly FormName[] = ['rules', 'script', 'native'];

/** Returns the error for a plugin of a form that cannot be of a kind; undefined if it can. */
export function unserved(label: string, form: FormName, kind: Kind): FormKindError | undefined {
  const { kinds, one } = SERVED[form];
  if (kinds.includes(kind)) return undefined;
  const others = PROPOSED.filter((other) => SERVED[other].kinds.includes(kind)).map((other) => SERVED[other].one);
  return new FormKindError(label, one, kind, others);
}

/** Refuses a plugin whose manifest says that it is of a kind which its form cannot be. @throws FormKindError */
export function ensureServed(form: FormName, path: string, { extensions = [] }: Pick<Manifest, 'extensions'>): void {
  for (const kind of KIND_NAMES) {
    const error = extensions.includes(KINDS[kind].id) ? unserved(path, form, kind) : undefined;
    if (error) throw error;
  }
}
