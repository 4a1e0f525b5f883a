import { describeOptions } from '../../loader/config/schema.js';
import { pluginManifest } from '../../loader/plugin/plugin-manifest.js';
import { findPlugin } from '../../loader/plugin/plugin-path.js';
import { lockOf } from '../../loader/trust/lock-file.js';
import { cleaned } from '../../text/printable.js';
import { withSource } from '../flags/error-source.js';
import type { Trust } from '../flags/plugins.js';
import { twoColumns } from '../terminal/wrap.js';
import type { RunRequest } from './run-request.js';

/** Returns the options of the plugins that a request names, for the help. Opens none of them. */
export function pluginOptions(request: RunRequest): string {
  const trust = trustOf(request);
  const plugins = request.plugins.map(({ name, file }) => {
    const manifest = withSource(file, () => pluginManifest(findPlugin(name, request.folders), trust));
    const options = describeOptions(manifest?.config ?? {}).map((option) => {
      const facts = option.required ? 'required' : `default ${JSON.stringify(option.default) ?? 'none'}`;
      return twoColumns(
        `-p ${option.name}=${option.choices ? option.type : option.type.toUpperCase()}`,
        `${option.description} (${facts})`,
      );
    });
    const description = manifest?.description ? ` (${manifest.description})` : '';
    return [`\n${cleaned(`Options of ${name}${description}:`)}`, ...options].join('\n');
  });
  return plugins.map((text) => `${text}\n`).join('');
}

/** Returns which libraries may be opened. Reads the lock once, so that all plugins are compared with the same one. */
export function trustOf({ trust, files }: RunRequest): Trust {
  const { lock } = trust;
  return lock === undefined ? trust : { ...trust, lock: withSource(files.get('require-lock'), () => lockOf(lock)) };
}
