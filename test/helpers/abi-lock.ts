/** Splits a text in the form of `abi.lock` into structs with their fields. The order of structs does not matter. */
export const structsOf = (text: string): string[] => text.split(/^(?=struct )/m).sort();
