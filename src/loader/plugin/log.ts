import { addon } from '../../addon.js';
import { checked } from '../../arguments/argument.js';
import { callback, optional } from '../../arguments/checks.js';
import { cleaned } from '../../text/printable.js';

const LEVELS = ['debug', 'info', 'warning', 'error', 'host-misbehaving', 'plugin-misbehaving'] as const;

/** A log line of a plugin. The message is one printable line. */
export interface PluginLogLine {
  /** The plugin's name in messages. */
  label: string;
  level: (typeof LEVELS)[number];
  message: string;
}

let listener: ((line: PluginLogLine) => void) | undefined;

/**
 * Sets the listener for the log lines of all plugins, and replaces the previous one. It is called after each control
 * call and during runs. Without a listener the last 4096 lines are kept.
 * @throws UsageError
 */
export function onPluginLog(listen: ((line: PluginLogLine) => void) | undefined): void {
  checked('onPluginLog', 'listen', listen, optional(callback));
  listener = listen;
}

/** Passes the lines that plugins have logged since the last call to the listener. */
export function deliverPluginLog(): void {
  if (!listener) return;
  const { records, dropped } = addon().drainLog();
  for (const { label, level, message } of records) {
    deliver({ label, level: LEVELS[level] ?? 'info', message: cleaned(message.toString()) });
  }
  if (dropped > 0)
    deliver({ label: 'plughost', level: 'warning', message: `${dropped} lines of plugins were dropped` });
}

function deliver(line: PluginLogLine): void {
  try {
    listener?.(line);
  } catch (error) {
    // Rethrow later, so that an error of the listener does not replace the result of the call.
    process.nextTick(() => {
      throw error;
    });
  }
}
