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
/** The byte order of this process. `endianness` of node:os says the same, but few starts need that module. */
export const hostEndian: 'little' | 'big' = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'little' : 'big';
