import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** A file of rules cannot be used. */
export class RulesError extends PlughostError {
  readonly code = 'ERR_RULES';

  /** @param reason begins with a JSON pointer into the file if there is a place in it */
  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`load rules ${path}: ${reason}`, { hint: 'see docs/forms/rules.md', ...details });
  }
}

/** A script cannot be used. */
export class ScriptError extends PlughostError {
  readonly code = 'ERR_SCRIPT';

  /** @param reason begins with FILE:LINE:COLUMN if there is a place in the script */
  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`load script ${path}: ${reason}`, { hint: 'see docs/forms/scripts.md', ...details });
  }
}

/** A WebAssembly module cannot be used. */
export class WasmError extends PlughostError {
  readonly code = 'ERR_WASM';

  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`load module ${path}: ${reason}`, { hint: 'see docs/forms/wasm.md', ...details });
  }
}

/** A plugin of this form cannot be of this kind: its adapter does not serve it. */
export class FormKindError extends PlughostError {
  readonly code = 'ERR_FORM_KIND';

  /**
   * @param form with its article, as the others
   * @param others the forms that can
   */
  constructor(label: string, form: string, kind: string, others: readonly string[]) {
    const word = kind.replace('_', ' ');
    const [last, ...before] = others.toReversed();
    const can = [before.toReversed().join(', '), last].filter(Boolean).join(' or ');
    super(`plugin ${label}: ${form} cannot be ${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}; ${can} can`, {
      hint: 'see docs/forms/boundaries.md',
    });
  }
}

/** What runs plugins of this form is not built or installed. */
export class FormMissingError extends PlughostError {
  readonly code = 'ERR_FORM_MISSING';

  /** @param missing what there is not: the path of a library, or a package */
  constructor(path: string, form: string, missing: string, details: ErrorDetails = {}) {
    super(`load plugin ${path}: what runs plugins of the form ${form} is missing: there is no ${missing}`, details);
  }
}
