import { afterAll } from 'vitest';
import { PluginClient } from '../../../src/remote/client/plugin-client.js';
import { launch } from '../../../src/remote/launcher/launch.js';
import type { GoPluginOptions } from '../../../src/remote/launcher/options.js';
import type { RunningPlugin } from '../../../src/remote/launcher/running-plugin.js';
import type { Program } from './plugins.js';

/** Returns a function that starts programs of plughost's own contract. They end after the tests of the file. */
export function starter() {
  const running: RunningPlugin[] = [];
  afterAll(() => Promise.all(running.map((plugin) => plugin.kill())));
  return async (program: Program, options: Partial<GoPluginOptions> = {}) => {
    if ('missing' in program) throw new Error(program.missing);
    const cookie = { key: 'PLUGHOST_PLUGIN', value: '1' };
    const plugin = await launch({ ...program, cookie, versions: [1], label: 'it', ...options });
    running.push(plugin);
    return { plugin, client: new PluginClient('it', plugin.connection, 60_000) };
  };
}
