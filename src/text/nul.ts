/**
 * Returns the index of the first NUL, or -1. `indexOf` of a Buffer says the same, but Node has to compile that function,
 * which takes a third of a millisecond of each start. This one is a part of V8.
 */
export const nulIn = (bytes: Uint8Array): number => Uint8Array.prototype.indexOf.call(bytes, 0);
