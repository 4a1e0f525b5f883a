import { addon } from '../addon.js';
import { cleaned } from '../errors.js';

/** A log line of a plugin, cleaned. */
export interface PluginLogLine {
  label: string;
  level: 'debug' | 'info' | 'warning' | 'error' | 'host-misbehaving' | 'plugin-misbehaving';
  message: string;
}

const LEVELS = ['debug', 'info', 'warning', 'error', 'host-misbehaving', 'plugin-misbehaving'] as const;

let listener: ((line: PluginLogLine) => void) | undefined;

/** Sets who gets the log lines of all plugins; they come after control calls and while a run reports progress. */
export function onPluginLog(listen: ((line: PluginLogLine) => void) | undefined): void {
  listener = listen;
}

/** Hands over what plugins have logged. Lines that nobody listens to wait in the engine's ring, the oldest are dropped. */
export function deliverPluginLog(): void {
  if (!listener) return;
  const { records, dropped } = addon().drainLog();
  for (const { label, level, message } of records) {
    listener({ label, level: LEVELS[level] ?? 'info', message: cleaned(message.toString(), 4096) });
  }
  if (dropped > 0)
    listener({ label: 'plughost', level: 'warning', message: `${dropped} log lines of plugins were dropped` });
}
