// Runs in each new interpreter before the script.
{
  // mulberry32 with a fixed seed: the same script makes the same output in every run.
  let state = 0x9e3779b9;
  Math.random = function random() {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Keys of objects come from logs, and this one would change the prototype of the object.
Reflect.deleteProperty(Object.prototype, '__proto__');

// The value of this script: replaces halves of surrogate pairs, which UTF-8 has no bytes for, by U+FFFD.
Function.prototype.call.bind(String.prototype.toWellFormed);
