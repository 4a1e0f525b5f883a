/** Hints for messages of the dynamic loader. The first pattern that matches is used. */
const HINTS: readonly [pattern: RegExp, hint: (...parts: string[]) => string][] = [
  [
    /(?:^|[/ ])(\S*musl[^\s/]*|libc\.so): (?:cannot open shared object file|invalid ELF header)/,
    (needed) =>
      `it is built for musl (Alpine Linux): it needs ${needed}; its author must build it for glibc, which this system has`,
  ],
  [
    /(?:Error loading shared library|Error relocating) (?:(ld-linux\S*|libc\.so\.6)|.*__\w+_chk: symbol not found)/,
    () => 'it is built for glibc, and this system has musl (Alpine Linux): its author must build it for musl',
  ],
  [
    /(\S+): cannot open shared object file: Too many levels of symbolic links/,
    (file) => `a symbolic link leads to itself: namei ${file}`,
  ],
  [
    /(?:^|: )(\S+): cannot open shared object file/,
    (needed) => `it needs ${needed}: install that; plughost inspect shows where it is looked for`,
  ],
  [
    /cannot allocate memory in static TLS block/,
    () =>
      'its thread-local data have no place beside those of what is open already: start the host with GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536, or more; or its author builds it without -ftls-model=initial-exec',
  ],
  [
    /version `((?:GLIBC|GLIBCXX|CXXABI|GCC)_\S+)' not found/,
    (version) =>
      `it was built on a newer system, with ${version}: use a newer system, or its author builds it on one as old as this`,
  ],
  [
    /undefined symbol: (__(asan|tsan|msan|hwasan)_\w+)/,
    (_symbol, kind) =>
      `it is built with a sanitizer (${kind}) that is not in this process: its author builds it without -fsanitize`,
  ],
  [
    /undefined symbol: (\S+?),? version (\S+)/,
    (symbol, version) =>
      `it was built with another version of the library that has ${symbol} (${version}): build it on this system`,
  ],
  [
    /undefined symbol: ([^\s,]+)/,
    (symbol) =>
      `nothing that it needs has ${symbol}: its author must link the library that does (-l…), or define it; -Wl,-z,defs tells so when it is linked`,
  ],
  [
    /(?:failed to map segment|cannot map zero-fill pages|cannot allocate memory)/,
    () =>
      'its file system is mounted with noexec (findmnt -T FILE), then copy it elsewhere or use --isolate; or memory is short (ulimit -v)',
  ],
  [
    /(?:ELF load command (?:alignment|address\/offset)) not (?:page-aligned|properly aligned)/,
    () => 'it is linked for smaller pages than this system has: its author links it with -Wl,-z,max-page-size=65536',
  ],
  [
    /(\S+): (?:invalid ELF header|file too short|wrong ELF class\S*|cannot read file data)/,
    (file) => `${file} is damaged, no library, or for another machine: build or install it again`,
  ],
];

/** Returns a hint for a message of the dynamic loader, which may come from this process or from a runner. */
export function loaderHint(reason: string): { hint?: string } {
  for (const [pattern, hint] of HINTS) {
    const [found, ...parts] = pattern.exec(reason) ?? [];
    if (found !== undefined) return { hint: hint(...parts) };
  }
  return {};
}
