import { addon } from '../../addon.js';
import { checked } from '../../arguments/argument.js';
import { callback, optional } from '../../arguments/checks.js';
import { cleaned } from '../../text/printable.js';

const LEVELS = ['debug', 'info', 'warning', 'error', 'host-misbehaving', 'plugin-misbehaving'] as const;

/** A log line of a plugin, fit for a terminal. */
export interface PluginLogLine {
  /** What messages call the plugin. */
  label: string;
  level: (typeof LEVELS)[number];
  message: string;
}

let listener: ((line: PluginLogLine) => void) | undefined;

/**
 * Sets who gets the log lines of all plugins, instead of whoever was set before. They come after each control call and
 * while a run goes on. Without a listener the last 4096 lines wait.
 * @throws UsageError
 */
export function onPluginLog(listen: ((line: PluginLogLine) => void) | undefined): void {
  checked('onPluginLog', 'listen', listen, optional(callback));
  listener = listen;
}

/** Hands over what plugins have logged since the last time. */
export function deliverPluginLog(): void {
  if (!listener) return;
  const { records, dropped } = addon().drainLog();
  for (const { label, level, message } of records) {
    tell({ label, level: LEVELS[level] ?? 'info', message: cleaned(message.toString()) });
  }
  if (dropped > 0) tell({ label: 'plughost', level: 'warning', message: `${dropped} lines of plugins were dropped` });
}

function tell(line: PluginLogLine): void {
  try {
    listener?.(line);
  } catch (error) {
    // The listener's fault must not take the place of the call's result.
    process.nextTick(() => {
      throw error;
    });
  }
}
