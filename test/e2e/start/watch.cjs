// Preloaded into the command. Writes to descriptor 3, when the process ends, what the start has loaded.
const fs = require('node:fs');
const vm = require('node:vm');

const before = new Set(process.moduleLoadList);
const files = [];
const rejected = [];

for (const name of ['readFileSync', 'openSync']) {
  const inner = fs[name];
  fs[name] = (file, ...rest) => {
    files.push(String(file));
    return inner(file, ...rest);
  };
}
const { dlopen } = process;
process.dlopen = (module, file, ...rest) => {
  files.push(file);
  return dlopen.call(process, module, file, ...rest);
};
vm.Script = class extends vm.Script {
  constructor(...args) {
    super(...args);
    rejected.push(this.cachedDataRejected);
  }
};

process.prependListener('exit', () => {
  const builtins = process.moduleLoadList.filter((name) => !before.has(name) && name.startsWith('NativeModule '));
  const names = builtins.map((name) => name.slice('NativeModule '.length));
  fs.writeSync(3, JSON.stringify({ files, rejected, builtins: names }));
});
