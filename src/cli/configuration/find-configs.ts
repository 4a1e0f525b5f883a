import { join } from 'node:path';
import { UntrustedConfigError } from '../../errors/index.js';
import { absolute } from '../../files/absolute.js';
import { readTextFile } from '../../files/text-file.js';
import { distrustOf } from '../../loader/trust/trust.js';
import { linkStatusOf } from '../../pipeline/file-status.js';
import { type Argument, negatesFlag, setsFlag } from '../flags/parse-flags.js';
import { RUN_FLAGS } from '../flags/run.js';
import { type ConfigArgument, parseConfig, type RunConfig } from './parse-config.js';
import { readTrustworthy, sha256Of, trustedOf, unfitness } from './trusted.js';
import { configFolder } from './user-folders.js';

export const CONFIG_FILE = 'host.config.json';

type Warn = (text: string) => void;

/**
 * Returns the configurations that count for a command line, the weakest first: only the one that it names, or else the
 * user's own and then the one of this folder, if the user has trusted it.
 * @param warn receives the reason why a configuration that was found is not used
 * @throws InputError, UsageError, UntrustedConfigError
 */
export function findConfigs(given: readonly Argument[], warn: Warn): RunConfig[] {
  const said = given.findLast((argument) => setsFlag(argument, 'config', 'no-config'));
  if (said) {
    if (!setsFlag(said, 'config')) return [];
    const file = said.value ?? '';
    return [parseConfig(file, 'named', readTextFile(file, 'read the configuration').text)];
  }
  const own = ownConfig(warn);
  const project = projectConfig(warn, own?.file);
  return [own, project && guarded(project, own)].filter((config) => config !== undefined);
}

function ownConfig(warn: Warn): RunConfig | undefined {
  const folder = configFolder();
  const file = folder && join(folder, CONFIG_FILE);
  if (file === undefined || !linkStatusOf(file)) return undefined;
  const distrust = distrustOf(file);
  if (distrust) {
    warn(`${file} is not used: ${distrust.why}; mend it with: ${distrust.remedy}`);
    return undefined;
  }
  return parseConfig(file, 'user', readTextFile(file, 'read the configuration').text);
}

/** Reads the one of this folder. The folder may belong to anyone, so the user must have trusted the file. */
function projectConfig(warn: Warn, own: string | undefined): RunConfig | undefined {
  if (!linkStatusOf(CONFIG_FILE)) return undefined;
  const path = absolute(CONFIG_FILE);
  if (path === own) return undefined;
  const trusted = trustedOf(path);
  if (!trusted) {
    const { why, hint } = unfitness(path) ?? {
      why: 'you have not trusted it',
      hint: 'look at it, then: plughost trust',
    };
    warn(`${CONFIG_FILE} of this folder is not used: ${why}; ${hint}; or go without it: --no-config`);
    return undefined;
  }
  // The user relies on it here. A run without it would give another result, so a problem is an error from here on.
  const { text, bytes } = readTrustworthy(path);
  if (sha256Of(bytes) !== trusted.sha256) {
    throw new UntrustedConfigError(path, 'it was changed since you trusted it', {
      hint: 'look at it, then: plughost trust; or go without it: --no-config',
    });
  }
  return parseConfig(CONFIG_FILE, 'project', text);
}

/** Returns the project's configuration without what it says about bounds that the user's own configuration sets. */
function guarded(project: RunConfig, own: RunConfig | undefined): RunConfig {
  const guards = RUN_FLAGS.filter(({ guard }) => guard).map(({ name }) => name);
  const set = guards.filter((name) => own?.flags.some((argument) => setsFlag(argument, name)));
  const loosens = (argument: ConfigArgument) =>
    negatesFlag(argument, 'isolate', 'sandbox') || setsFlag(argument, ...set);
  return { ...project, flags: project.flags.filter((argument) => !loosens(argument)) };
}
