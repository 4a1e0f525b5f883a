import type { Manifest } from '../../contract/manifest.js';
import { findBuiltin } from '../builtin/builtin-library.js';
import { describedFormOf } from '../forms/described.js';
import { formOf } from '../forms/forms.js';
import { examineModule } from '../forms/module.js';
import { type ExamineOptions, examine } from '../library/examine.js';
import { judgePlugin } from '../library/judge.js';
import { realpath } from '../library/realpath.js';
import { type DescribedOptions, lookAt } from './load-described.js';

/**
 * Returns the manifest of a plugin of any form, after the checks that precede its load. Runs none of it, but
 * asks a server. There is none for a program without a file beside it that holds the manifest.
 * @throws what `loadPlugin` throws before it runs the plugin
 */
export function pluginManifest(
  source: string,
  trust: Pick<ExamineOptions, 'lock' | 'allowWritable'> & DescribedOptions,
): Manifest | undefined {
  const builtin = findBuiltin(source);
  if (builtin) {
    if (trust.lock !== undefined) builtin.ensureLocked(trust.lock);
    return builtin.manifest;
  }
  const described = describedFormOf(source);
  if (described) return lookAt(described, source, trust).manifest;
  const path = realpath(source);
  const form = formOf(path);
  if (form) return examineModule(form, path, trust).manifest;
  using examined = examine(path, { ...trust, judge: judgePlugin });
  return examined.manifest;
}
