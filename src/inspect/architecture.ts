// Compilers' names for architectures to which Node gives other names.
const NAMES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i386',
  riscv64: 'riscv',
  loong64: 'loongarch',
};
const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macos', win32: 'windows' };

/** The architecture and system of this process, in the terms of an Inspection. */
export const hostArchitecture: string = NAMES[process.arch] ?? process.arch;
export const hostSystem: string = SYSTEMS[process.platform] ?? process.platform;
