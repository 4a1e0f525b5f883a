/** The constants of the contract. The headers in native/include/plughost/ explain them. */
export const ABI_MAJOR = 1;
export const ABI_MINOR = 2;
export const MAGIC = 0x47554c50;

export const CANCEL_ASKED = 1;
export const CANCEL_DEADLINE = 2;

export const OK = 0;
export const CONFIG = -2;
export const CANCELLED = -6;
export const PANIC = -8;

const STATUS_NAMES: Record<number, string> = {
  [-1]: 'INVALID',
  [CONFIG]: 'CONFIG',
  [-3]: 'NOMEM',
  [-4]: 'IO',
  [-5]: 'AGAIN',
  [CANCELLED]: 'CANCELLED',
  [-7]: 'ABI',
  [PANIC]: 'PANIC',
  [-9]: 'INTERNAL',
};

/** Returns the name of a negative status, or its number if the contract has no name for it. */
export function statusName(status: number): string {
  return STATUS_NAMES[status] ?? `status ${status}`;
}
