// From CommonJS, by require: the library has no top-level await, so that it can be had so.
process.removeAllListeners('warning');
const { lines } = require('../../dist/index.js');
const { file, large } = require('./parts.mjs');

async function first(path) {
  for await (const batch of lines([path])) return batch.text(4);
}

first(file(large)).then(console.log);
// status: 0
// stdout: 4 a line of some words
