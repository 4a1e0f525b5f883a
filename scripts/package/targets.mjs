/**
 * The systems that have a package, by the end of its name. `zig` and `rust` are what these compilers call them; the
 * number is the oldest C library that the package runs with. `libc` is the word of npm.
 */
export const TARGETS = {
  'linux-x64-gnu': {
    zig: 'x86_64-linux-gnu.2.28',
    rust: 'x86_64-unknown-linux-gnu.2.28',
    manifest: { os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
  },
  'linux-arm64-gnu': {
    zig: 'aarch64-linux-gnu.2.28',
    rust: 'aarch64-unknown-linux-gnu.2.28',
    manifest: { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  },
};

/** Returns the end of the name of the package with the adapters for a system. */
export const formsOf = (name) => `forms-${name}`;

/** The ends of the names of all packages of systems. Those with an addon come first. */
export const SYSTEM_PACKAGES = [...Object.keys(TARGETS), ...Object.keys(TARGETS).map(formsOf)];

/** The most that a packed file may have, in bytes. */
export const MAX_PACKED = { main: 1_200_000, source: 1_200_000, platform: 2_500_000, forms: 4_500_000 };
