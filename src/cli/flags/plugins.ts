import type { ExamineOptions } from '../../loader/library/examine.js';
import type { Shape } from '../../loader/plugin/capabilities.js';
import type { LoadOptions } from '../../loader/plugin/load-options.js';
import { type Flag, setsTrue, setsValue, wholePath } from './flag.js';
import { addParameter, type NamedPlugin, type Plan } from './plan.js';
import { choice, text } from './values.js';

/** Which plugins are used, and where they are looked for. */
export interface PluginsRequest extends LoadingRequest {
  plan: Plan;
  shape: Shape | 'auto';
}

export interface FoldersRequest {
  folders: readonly string[];
}

/** Which libraries may be opened. */
export interface TrustRequest {
  lock: string | undefined;
  allowWritable: boolean;
  allowHosts: readonly string[];
}

export type Trust = Pick<ExamineOptions, 'lock' | 'allowWritable'> & Pick<LoadOptions, 'allowHosts'>;

/** What options of plugins belong to. */
export interface ParametersRequest {
  plan: { readonly last: NamedPlugin | undefined };
}

/** Set options of the plugin that was named last. */
export const PARAMETER_FLAGS: readonly Flag<ParametersRequest>[] = [
  {
    name: 'param',
    short: 'p',
    value: 'KEY=VALUE',
    group: 'plugins',
    scope: 'line',
    help: 'Set an option of the plugin named before',
    details:
      'The flag follows the plugin that it belongs to. Repeat it for more options. Write a list or an object as JSON. plughost run --filter PLUGIN --help and plughost inspect FILE list the options of a plugin.',
    apply({ plan }, value, refuse) {
      const equals = value.indexOf('=');
      const parameter = { key: value.slice(0, Math.max(equals, 0)), text: value.slice(equals + 1) };
      if (plan.last && parameter.key === '') refuse('KEY=VALUE is needed');
      addParameter(plan.last, parameter, refuse);
    },
  },
  {
    name: 'params-file',
    value: 'FILE',
    group: 'plugins',
    scope: 'line',
    help: 'Read options of that plugin from a JSON file',
    details: 'FILE holds one JSON object. Of -p and --params-file for the same option the last one wins.',
    apply({ plan }, value, refuse) {
      addParameter(plan.last, { file: value }, refuse);
    },
  },
];

/** Where plugins are looked for by name. */
export const FOLDER_FLAG: Flag<FoldersRequest> = {
  name: 'plugin-dir',
  value: 'DIR',
  group: 'plugins',
  scope: 'user',
  list: true,
  help: 'Look for plugins in DIR first',
  details: 'Repeat the flag for more folders. Then come those of HOST_PLUGIN_PATH, and the built-in plugins.',
  resolve: wholePath,
  apply(request, value) {
    request.folders = [...request.folders, value];
  },
  negate(request) {
    request.folders = [];
  },
};

/** Which machines may get lines. */
export const HOST_FLAG: Flag<Pick<TrustRequest, 'allowHosts'>> = {
  name: 'allow-host',
  value: 'HOST',
  group: 'plugins',
  scope: 'named',
  list: true,
  help: 'Let lines leave this machine, to HOST',
  details:
    'Plugins with the source http://HOST get the lines without TLS, so anybody on their way can read them. Repeat the flag for more hosts. This machine needs no permission.',
  apply(request, value) {
    request.allowHosts = [...request.allowHosts, value];
  },
  negate(request) {
    request.allowHosts = [];
  },
};

/** Which plugins may be loaded. */
export const TRUST_FLAGS: readonly Flag<TrustRequest>[] = [
  {
    name: 'require-lock',
    value: 'FILE',
    once: true,
    group: 'plugins',
    guard: true,
    help: 'Open only libraries that this lock lists',
    details:
      'plughost lock writes FILE. A library that it does not list, or with other bytes, is refused before it runs.',
    resolve: wholePath,
    ...setsValue('lock', text),
  },
  {
    name: 'allow-writable',
    group: 'plugins',
    scope: 'named',
    help: 'Open libraries that other users may write',
    ...setsTrue('allowWritable'),
  },
  HOST_FLAG,
];

/** What a command takes that loads plugins. */
export interface LoadingRequest extends FoldersRequest, TrustRequest {}

export const LOADING_FLAGS: readonly Flag<LoadingRequest & ParametersRequest>[] = [
  ...PARAMETER_FLAGS,
  FOLDER_FLAG,
  ...TRUST_FLAGS,
];

export const PLUGIN_FLAGS: readonly Flag<PluginsRequest>[] = [
  {
    name: 'transform',
    value: 'PLUGIN',
    group: 'plugins',
    scope: 'line',
    help: 'Change the lines with this plugin',
    details: 'Filters and transforms work in the order in which you name them.',
    apply({ plan }, value) {
      plan.addStage('transform', value);
    },
  },
  ...LOADING_FLAGS,
  {
    name: 'shape',
    value: 'SHAPE',
    choices: ['auto', 'scan', 'batch', 'line'] satisfies (Shape | 'auto')[],
    group: 'plugins',
    help: 'Call filters and transforms in this way',
    hidden: true,
    ...setsValue('shape', choice<Shape | 'auto'>(), 'auto'),
  },
];
