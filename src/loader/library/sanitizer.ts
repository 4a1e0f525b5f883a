import { addon } from '../../addon.js';
import { SanitizerError } from '../../errors/index.js';
import type { Inspection } from '../../inspect/inspection.js';
import type { OwnLibrary } from './needed-files.js';

/** The runtimes of GCC's and Clang's sanitizers that watch a whole process. That of UndefinedBehaviorSanitizer does not. */
const RUNTIME = /^lib(?:clang_rt\.)?(asan|tsan|msan|hwasan|lsan)\b/;

/**
 * Refuses a library that is built with a sanitizer which the process does not have: loaded later, such a runtime ends the
 * process at once, by status 1 for AddressSanitizer, or finds no memory for its threads.
 * @param needed what it needs and the system does not bring
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
