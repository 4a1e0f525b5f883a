import { describedFormOf, isProgram } from '../../loader/forms/described.js';
import type { FlagReader } from '../flags/flag-reader.js';
import { isIsolated } from '../flags/isolation.js';
import type { RunFlags } from '../flags/run.js';

/**
 * Decides which word of a configuration about a single plugin counts. It counts beside what the same file says for all
 * plugins. It does not take a plugin out of the isolation or the sandbox that another source asks for, and does not
 * isolate one if the command line says `--no-isolate`.
 */
export function placePlugins(request: RunFlags, reader: FlagReader<RunFlags>): void {
  const { plan, isolate, sandbox } = request;
  const askers = [...(isolate ? [reader.fileOf('isolate')] : []), ...(sandbox ? [reader.fileOf('sandbox')] : [])];
  const isUnwanted = !isIsolated(request) && reader.isInLast('isolate');
  for (const plugin of plan.plugins) {
    const counts = plugin.isolate ? !isUnwanted : askers.every((asker) => asker === plugin.file);
    if (!counts) plugin.isolate = undefined;
  }
  request.hasProgram = plan.plugins.some(({ name }) => isProgram(name));
  request.isolatesOne = plan.plugins.some(
    ({ name, isolate: one }) => one === true || describedFormOf(name) !== undefined,
  );
}
