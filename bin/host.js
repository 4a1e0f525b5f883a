#!/usr/bin/env node
// Runs the command from its file in dist/, by the compiled form that the build has left beside it: that takes a third of
// compiling. V8 refuses a form that was made by another version or with other flags, and then compiles. It compares only
// the length of the text, so the last line of each file, a hash of the rest, also ends its compiled form.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** The commands that have a file of their own. */
const OWN = ['load', 'run'];
const HASH = 2 + 64 + 1;
const modules = new Map();

const [, , command] = process.argv;
const filename = join(__dirname, `../dist/${OWN.includes(command) ? `host-${command}` : 'host'}.cjs`);
const text = readFileSync(filename, 'latin1');
const script = new Script(text, { filename, cachedData: compiled() });
script.runInThisContext()(requireOnce, filename, dirname(filename));

/** As `require`, which takes a while also for what is loaded, and most files of the source ask for the same. */
function requireOnce(name) {
  if (!modules.has(name)) modules.set(name, require(name));
  return modules.get(name);
}

function compiled() {
  try {
    const bytes = readFileSync(`${filename}.compiled`);
    const code = bytes.length - HASH;
    return bytes.latin1Slice(code) === text.slice(-HASH) ? bytes.subarray(0, code) : undefined;
  } catch {
    return undefined; // no loss but time
  }
}
