import type { Terminal } from './terminal/terminal.js';

/** Runs a command with its arguments and returns the exit status. `commands` are all verbs, for the one that lists them. */
export type Run = (args: string[], terminal: Terminal, commands: Commands) => number | Promise<number>;

export type Commands = Readonly<Record<string, Command>>;

export interface Command {
  summary: string;
  /** Loaded when it is called, so that start-up costs only what is used. */
  load(): Promise<Run>;
}

/** The verbs of the command. */
export const COMMANDS: Commands = {
  bench: {
    summary: 'measure what the calls of a plugin cost',
    load: async () => (await import('./commands/bench.js')).bench,
  },
  completions: {
    summary: 'print a script that completes command lines, for a shell',
    load: async () => (await import('./commands/completions.js')).completions,
  },
  inspect: {
    summary: 'show what libraries say of themselves, and run nothing',
    load: async () => (await import('./commands/inspect.js')).inspect,
  },
  list: {
    summary: 'list the plugins that are found by name',
    load: async () => (await import('./commands/list.js')).list,
  },
  load: {
    summary: 'open plugins, and print their names and what they do',
    load: async () => (await import('./commands/load.js')).load,
  },
  lock: {
    summary: 'write down which plugins may be loaded, by their bytes',
    load: async () => (await import('./commands/lock.js')).lock,
  },
  run: { summary: 'run logs through native plugins', load: async () => (await import('./commands/run.js')).run },
  trust: {
    summary: "let a folder's host.config.json be used",
    load: async () => (await import('./commands/trust.js')).trust,
  },
};
