// Node's names, as compilers say them; the others are the same.
const NAMES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i386',
  riscv64: 'riscv',
  loong64: 'loongarch',
};
const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macos', win32: 'windows' };

/** What this process runs on, in the words of an inspection. */
export const hostArchitecture: string = NAMES[process.arch] ?? process.arch;
export const hostSystem: string = SYSTEMS[process.platform] ?? process.platform;
