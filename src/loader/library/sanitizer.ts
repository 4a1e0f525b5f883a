import { addon } from '../../addon.js';
import { SanitizerError } from '../../errors/index.js';
import type { Inspection } from '../../inspect/inspection.js';
import type { OwnLibrary } from './needed-files.js';

/** The runtimes of GCC's and Clang's sanitizers that must be in the process from its start. UBSan's need not be. */
const RUNTIME = /^lib(?:clang_rt\.)?(asan|tsan|msan|hwasan|lsan)\b/;

/**
 * Refuses a library that needs a sanitizer's runtime which the process does not have. If the runtime is loaded later,
 * it ends the process at once (AddressSanitizer with status 1) or finds no memory for its threads.
 * @param needed the libraries that it needs and that the system does not provide
 * @throws SanitizerError
 */
export function refuseSanitizer(path: string, inspection: Inspection, needed: readonly OwnLibrary[]): void {
  for (const one of [{ path, inspection }, ...needed]) {
    for (const name of one.inspection.needed) {
      const [, kind] = RUNTIME.exec(name) ?? [];
      if (kind === undefined || addon().programHas(`__${kind}_init`)) continue;
      const needs = one.path === path ? `it needs ${name}` : `it needs ${one.path}, which needs ${name}`;
      throw new SanitizerError(path, needs, name.replace(/\.so\..*/, '.so'));
    }
  }
}
