// peak.mjs LOG ROLE PLUGIN CONFIG FORM: runs the log through the isolated plugin, or calls its `run`, and prints the peak
// memory of this process, in bytes.
import { openSync } from 'node:fs';
import { loadPlugin, run } from '../../dist/index.js';

const [, , log, role, path, config, form] = process.argv;
const plugin = loadPlugin(path, { isolate: { memory: 64 << 20 }, config: JSON.parse(config) });
const output = { fd: openSync('/dev/null', 'w'), name: 'nowhere' };
try {
  if (role === 'run') {
    plugin.run();
  } else if (role === 'exporter') {
    await run([log], { exporter: plugin, output });
  } else {
    await run([log], { stages: [{ [role]: plugin }], print: { form, numbers: true, names: true }, output });
  }
} catch (error) {
  if (!error.code?.startsWith('ERR_')) throw error;
}
plugin.close();
console.log(process.resourceUsage().maxRSS * 1024);
