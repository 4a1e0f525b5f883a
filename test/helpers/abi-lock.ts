/** Splits a text in the form of `abi.lock` into its structs, each with its fields. Their order has no meaning. */
export const structsOf = (text: string): string[] => text.split(/^(?=struct )/m).sort();
