// Preloaded into one run of the command by start.mjs: `node --require start-marks.cjs bin/host.js …`. Measures where the start
// goes, and writes the result as JSON to descriptor 3 when the process ends. It wraps what every start has to go through,
// functions of Node and of the addons, so the product itself has no marks.
const fs = require('node:fs');
const Module = require('node:module');
const { basename, dirname, join } = require('node:path');

/** Milliseconds of each row, without the rows that it contains. */
const rows = {};
const open = [];

/** Runs an action. Its time counts for a row, and no longer for the row around it. */
function timed(row, action) {
  const start = performance.now();
  open.push(0);
  try {
    return action();
  } finally {
    const took = performance.now() - start;
    rows[row] = (rows[row] ?? 0) + took - open.pop();
    if (open.length > 0) open[open.length - 1] += took;
    else outside += took;
  }
}

/** Milliseconds of the outermost rows since the current phase began. */
let outside = 0;
let phase = 'bin/host.js';
let since = 0;

/** Ends a phase of the command. What no row has taken of it is JavaScript of the command. */
function enter(next) {
  const now = performance.now();
  const row = `JavaScript: ${phase}`;
  rows[row] = (rows[row] ?? 0) + now - since - outside;
  [phase, since, outside] = [next, now, 0];
}

function wrap(object, name, row, before = () => {}) {
  const inner = object[name];
  object[name] = function (...args) {
    before();
    return timed(row, () => (new.target ? Reflect.construct(inner, args) : inner.apply(this, args)));
  };
  Object.setPrototypeOf(object[name], inner);
  object[name].prototype = inner.prototype;
}

const project = dirname(__dirname);
const ours = (file) => typeof file === 'string' && file.startsWith(join(project, 'dist'));

const { readFileSync } = fs;
fs.readFileSync = (file, ...rest) =>
  ours(file) ? timed('reads the files of the command', () => readFileSync(file, ...rest)) : readFileSync(file, ...rest);

const load = Module._load;
Module._load = (request, parent, isMain) => {
  const action = () => load(request, parent, isMain);
  if (isMain) return action();
  if (!Module.isBuiltin(request)) return timed('finds modules', action);
  return timed(`loads ${request.startsWith('node:') ? '' : 'node:'}${request}`, action);
};

const vm = require('node:vm');
wrap(vm, 'Script', 'V8 reads compiled forms');
const { runInThisContext } = vm.Script.prototype;
vm.Script.prototype.runInThisContext = function (...args) {
  enter('evaluates modules');
  return runInThisContext.apply(this, args);
};

// The first thing that the command does after all of its modules.
const { on } = process;
process.on = (event, listener) => {
  if (event === 'uncaughtException') enter('reads the command line');
  return on.call(process, event, listener);
};

const { dlopen } = process;
process.dlopen = (module, file, ...rest) => {
  timed(`dlopen of ${basename(file)}`, () => dlopen.call(process, module, file, ...rest));
  const made = module.exports;
  if (basename(file) === 'koffi.node') {
    wrap(made, 'load', 'dlopen of the plugin, by koffi');
    wrap(made, 'call', 'calls of the plugin');
  } else if (made.registry) {
    wrap(made.registry, 'begin', 'addon: registry', () => enter('reads and judges the library'));
    wrap(made.registry, 'commit', 'addon: registry');
    wrap(made, 'claimInstance', 'addon: instances', () => enter('checks and initialises the plugin'));
    wrap(made, 'reportCrashes', 'addon: crash reports');
    wrap(made, 'enterPlugin', 'addon: state of the process');
    wrap(made, 'leavePlugin', 'addon: state of the process');
    wrap(made, 'keepProcess', 'addon: state of the process');
    wrap(made, 'releaseProcess', 'addon: state of the process');
    wrap(made, 'Job', 'addon: starts the run', () => enter('starts the run, waits for it, and reports'));
  }
};

process.prependListener('exit', () => {
  enter('ends');
  const { nodeTiming, timeOrigin } = performance;
  const end = performance.now();
  fs.writeSync(3, JSON.stringify({ rows, began, node: nodeTiming.bootstrapComplete, start: timeOrigin, end }));
});

const began = performance.now();
since = began;
