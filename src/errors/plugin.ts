import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** No plugin of that name was found. */
export class PluginNotFoundError extends PlughostError {
  readonly code = 'ERR_PLUGIN_NOT_FOUND';
  /** Whether nothing is known of the name, so that the hint can only guess what was meant. @internal */
  readonly isUnknown: boolean;

  /**
   * @param isFile whether the working folder has a file or directory of that name
   * @param otherwise the hint if no name is similar
   */
  constructor(name: string, looked: readonly string[], near: readonly string[], isFile = false, otherwise?: string) {
    super(`find plugin ${name}: there is none in ${looked.join(', ')}`, {
      hint: isFile
        ? `a name is not looked for in the working folder; for the ${name} there, write ./${name}`
        : near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : (otherwise ?? 'give a path with a separator (./libname.so), or --plugin-dir DIR'),
    });
    this.isUnknown = !isFile && otherwise === undefined;
  }
}

/** A folder has several plugins of that name, in different forms. */
export class AmbiguousPluginError extends PlughostError {
  readonly code = 'ERR_PLUGIN_AMBIGUOUS';

  constructor(name: string, paths: readonly string[]) {
    super(`find plugin ${name}: there are ${paths.join(' and ')}`, { hint: 'name the one that you mean by its path' });
  }
}

/** A directory holds no plugin. */
export class NoPluginsError extends PlughostError {
  readonly code = 'ERR_NO_PLUGINS';

  constructor(directory: string, suffix: string) {
    super(`load plugins of ${directory}: the directory holds no ${suffix} file, no rules and no script`, {
      hint: 'give the directory that holds the plugins',
    });
  }
}

/** The library is valid but does not export NewPlugin. The cause is a SymbolNotFoundError. */
export class NoNewPluginError extends PlughostError {
  readonly code = 'ERR_NO_NEW_PLUGIN';

  constructor(path: string, details: ErrorDetails) {
    super(`open plugin ${path}: it is a library that does not export NewPlugin, so it is no plugin`, {
      hint: 'its author must export NewPlugin with PLUG_EXPORT (Rust: plughost::export!); see docs/contract.md',
      ...details,
    });
  }
}

/** A symbol or struct is not what the caller or the contract says. */
export class TypeAssertionError extends PlughostError {
  readonly code = 'ERR_TYPE_ASSERTION';

  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`assert plugin ${path}: ${reason}`, {
      hint: 'its author must correct it; see docs/contract.md',
      ...details,
    });
  }
}

/** A plugin's options cannot be used. */
export class ConfigError extends PlughostError {
  readonly code = 'ERR_CONFIG';
  /** What is wrong, without the name of the plugin. @internal */
  readonly reason: string;

  constructor(label: string, reason: string, details: ErrorDetails = {}) {
    super(`configure ${label}: ${reason}`, details);
    this.reason = reason;
  }
}

/** The plugin does not offer the capability that the caller needs. */
export class CapabilityError extends PlughostError {
  readonly code = 'ERR_CAPABILITY';

  constructor(label: string, wanted: string, offered: readonly string[]) {
    super(`plugin ${label}: it is no ${wanted}`, {
      hint: offered.length > 0 ? `it is: ${offered.join(', ')}` : 'it offers only name and run; try: plughost load',
    });
  }
}

/** NewPlugin is a data object, so the library has a single instance, which is in use or used up. */
export class SharedPluginError extends PlughostError {
  readonly code = 'ERR_PLUGIN_SHARED';

  constructor(path: string, reason: string) {
    super(`load plugin ${path}: NewPlugin is a data object, which is one instance, and ${reason}`, {
      hint: 'use the instance that is loaded; a plugin that is needed several times exports NewPlugin as a function',
    });
  }
}

/** The plugin was closed before this call. */
export class PluginClosedError extends PlughostError {
  readonly code = 'ERR_PLUGIN_CLOSED';

  constructor(label: string, operation: string) {
    super(`plugin ${label}: ${operation}: it is closed`, { hint: 'load it again, or close it later' });
  }
}

/** A synchronous call was made while an asynchronous call of the same plugin is running. */
export class PluginBusyError extends PlughostError {
  readonly code = 'ERR_PLUGIN_BUSY';

  constructor(label: string, operation: string) {
    super(`plugin ${label}: ${operation}: another call of it is running`, {
      hint: 'await that call first, or use runAsync, which waits its turn',
    });
  }
}
