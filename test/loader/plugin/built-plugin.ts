import { setTimeout as sleep } from 'node:timers/promises';
import { addon } from '../../../src/addon.js';
import { open } from '../../../src/index.js';
import { compile, makeScratch, type PluginParts, pluginSource } from '../../helpers/compile.js';

export const scratch = makeScratch();
let count = 0;

export function build(parts: PluginParts): string {
  return compile(scratch, `plugin${count++}`, pluginSource(parts));
}

/** Reads a number that the plugin's library exports, such as how often a function was called. */
export function exported(plugin: { path: string }, name: string): number | undefined {
  return addon().readMemory(open(plugin.path).lookup(name).address, 4)?.readInt32LE();
}

/** The source of a `run` that loops until the context is cancelled and counts its rounds. */
export const polling: PluginParts = {
  head: '#include <unistd.h>\nvolatile int32_t started, ended;',
  run: 'started++; while (!plug_cancelled(ctx)) usleep(500); ended++; return PLUG_ERROR_CANCELLED;',
  destroy: 'destroyed++; free(plugin);',
};
polling.head += ' int32_t destroyed;';

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}
