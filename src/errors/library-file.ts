import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** A path that was given to `open` leads to no file. The message is Go's, followed by the system's reason. */
export class RealpathError extends PlughostError {
  readonly code = 'ERR_REALPATH';

  constructor(name: string, reason: string, details: ErrorDetails = {}) {
    super(`plugin.Open("${name}"): realpath failed: ${reason}`, {
      hint: 'check that the file exists and may be read',
      ...details,
    });
  }
}

/** The file cannot be read, is damaged, or is not a shared library. None of its code has run. */
export class NotALibraryError extends PlughostError {
  readonly code = 'ERR_NOT_A_LIBRARY';

  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`open plugin ${path}: ${reason}`, {
      hint: 'give a shared library (.so, .dylib or .dll) built for this machine',
      ...details,
    });
  }
}

/** The library is for another architecture or operating system. None of its code has run. */
export class WrongPlatformError extends PlughostError {
  readonly code = 'ERR_WRONG_PLATFORM';

  constructor(path: string, found: string, wanted: string) {
    super(`open plugin ${path}: it is built for ${found}, and this host is ${wanted}`, {
      hint: `its author must build it for ${wanted}`,
    });
  }
}

/** The library has a manifest that cannot be used. None of its code has run. */
export class ManifestError extends PlughostError {
  readonly code = 'ERR_MANIFEST';
  /** What is wrong with it. @internal */
  readonly reason: string;

  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`read the manifest of ${path}: ${reason}`, {
      hint: 'its author must correct PLUG_MANIFEST and build again',
      ...details,
    });
    this.reason = reason;
  }
}

/** The plugin was built for another major version of the contract. */
export class AbiError extends PlughostError {
  readonly code = 'ERR_ABI';

  constructor(path: string, found: string, wanted: string) {
    super(`open plugin ${path}: it was built for version ${found} of the contract, and this host speaks ${wanted}`, {
      hint: `build the plugin again with the headers of version ${wanted}, or use a host that speaks ${found}`,
    });
  }
}

/** A plugin in Rust was built so that a panic ends the whole process. None of its code has run. */
export class PanicAbortError extends PlughostError {
  readonly code = 'ERR_PANIC_ABORT';

  constructor(path: string) {
    super(`open plugin ${path}: it is built with panic = "abort", so a panic in it would end this process`, {
      hint: 'its author must build it with panic = "unwind", which is the default',
    });
  }
}

/** The library needs memory that is both writable and executable. None of its code has run. */
export class ExecutableMemoryError extends PlughostError {
  readonly code = 'ERR_EXECUTABLE_MEMORY';

  constructor(path: string, reason: string, hint: string) {
    super(`open plugin ${path}: ${reason}`, { hint });
  }
}

/** The data of a library exceed the memory limit of its process. None of its code has run. */
export class MemoryLimitError extends PlughostError {
  readonly code = 'ERR_MEMORY_LIMIT';

  constructor(path: string, data: number, limit: number) {
    super(`open plugin ${path}: its data take ${data} bytes of memory, and it may have ${limit} bytes`, {
      hint: 'allow it more with --memory SIZE (memory)',
    });
  }
}

/** The library needs a sanitizer that is not in the process from its start. None of the library's code has run. */
export class SanitizerError extends PlughostError {
  readonly code = 'ERR_SANITIZER';

  constructor(path: string, needs: string, runtime: string) {
    super(`open plugin ${path}: ${needs}, a sanitizer that has to be in the process from its beginning, and is not`, {
      hint: `build it without -fsanitize, or start the host with it: LD_PRELOAD=$(cc -print-file-name=${runtime})`,
    });
  }
}
