// Measures loading beside its peers: a cached open beside that of Go, a first open beside koffi alone, a call of a typed
// proxy beside a call of koffi. The start of the command is measured by start.mjs.
//
//   npm run bench:loader
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPlugin, open } from '../../dist/index.js';

const koffi = createRequire(import.meta.url)('koffi');
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'plughost-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const greet = join(root, 'build/plugins/libgreet.so');
const contains = join(root, 'build/plugins/libcontains.so');

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const now = () => Number(process.hrtime.bigint());

/** Returns the nanoseconds of one call: the median of several rounds. */
function perCall(action, calls = 10_000, rounds = 21) {
  for (let n = 0; n < calls; n++) action();
  return median(
    Array.from({ length: rounds }, () => {
      const start = now();
      for (let n = 0; n < calls; n++) action();
      return (now() - start) / calls;
    }),
  );
}

/** Returns the nanoseconds of a cached plugin.Open of Go, at a path of the same depth, or undefined without Go. */
function goOpen() {
  if (spawnSync('go', ['version']).error) return undefined;
  const at = (name) => join(folder, name);
  mkdirSync(at('plugin'));
  writeFileSync(at('go.mod'), 'module bench\n\ngo 1.19\n');
  copyFileSync(new URL('open.go', import.meta.url), at('open.go'));
  writeFileSync(at('plugin/plugin.go'), 'package main\n\nfunc NewPlugin() int { return 1 }\n');
  execFileSync('go', ['build', '-o', 'open', '.'], { cwd: folder });
  execFileSync('go', ['build', '-buildmode=plugin', '-o', 'one.so', './plugin'], { cwd: folder });
  return Number(execFileSync(at('open'), [at('one.so')], { encoding: 'utf8' }));
}

/** Returns the nanoseconds of first opens of copies of a library, taken in turns. */
function firstOpens(...ways) {
  const times = ways.map(() => []);
  for (let round = 0; round < 200; round++) {
    for (const [i, way] of ways.entries()) {
      const path = join(folder, `first-${round}-${i}.so`);
      copyFileSync(greet, path);
      const start = now();
      way(path);
      times[i].push(now() - start);
    }
  }
  return times.map(median);
}

const newPlugin = koffi.proto('void *', []);
const bare = (path) => koffi.decode(koffi.load(path).symbol('NewPlugin'), newPlugin)();

const rows = [];
const row = (what, unit, ours, peer, name) =>
  rows.push(
    `| ${what} | ${ours.toFixed(unit === 'ms' ? 1 : 0)} ${unit} | ${name}: ${peer.toFixed(unit === 'ms' ? 1 : 0)} ${unit} | ${(ours / peer).toFixed(2)} |`,
  );

const copy = join(folder, 'cached.so');
copyFileSync(greet, copy);
open(copy, { allowDuplicate: true });
const go = goOpen();
const cached = perCall(() => open(copy));
if (go) row('a cached open', 'ns', cached, go, "Go's plugin.Open");
else console.log(`a cached open takes ${cached.toFixed(0)} ns; there is no Go to compare with`);

const checked = (path) => open(path, { allowDuplicate: true }).lookup('NewPlugin').declare('void *', [])();
const [opened, loaded, theirs] = firstOpens(checked, (path) => loadPlugin(path, { allowDuplicate: true }), bare);
row('a first open, lookup and call', 'us', opened / 1e3, theirs / 1e3, 'koffi: load, symbol, call');
row('a first loadPlugin, with all checks', 'us', loaded / 1e3, theirs / 1e3, 'koffi: load, symbol, call');

const plugin = loadPlugin(contains, { config: { text: 'needle' } });
const line = Buffer.from('a line of a log in which there is no such thing');
const { address } = plugin;
const match = (() => {
  const { address } = plugin.filter;
  const functionAt = koffi.decode(
    address,
    koffi.struct({ size: 'uint32_t', flags: 'uint32_t', a: 'void *', b: 'void *', match: 'void *' }),
  ).match;
  return koffi.decode(functionAt, koffi.proto('int32_t', ['void *', 'void *', 'void *', 'uint64_t']));
})();
row(
  'a call of a typed proxy, filter.test(bytes)',
  'ns',
  perCall(() => plugin.filter.test(line), 100_000),
  perCall(() => match(address, 0n, line, line.length), 100_000),
  'koffi',
);

console.log(
  `Node ${process.versions.node}, medians\n\n| | plughost | beside | ratio |\n|---|--:|--:|--:|\n${rows.join('\n')}`,
);
