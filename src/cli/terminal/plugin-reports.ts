import { reportCrashes } from '../../boundary/report-crashes.js';
import { onPluginLog } from '../../loader/plugin/log.js';
import type { Terminal } from './terminal.js';

/** Says on the terminal what plugins log, and what crashes in one. A command calls it before it loads a plugin. */
export function reportOnPlugins(terminal: Terminal): void {
  reportCrashes();
  onPluginLog(({ label, level, message }) => terminal.warn(`${label}: ${level}: ${message}`));
}
