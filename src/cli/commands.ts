import type { Commands } from './command.js';

/** The commands, in the order of the help. */
export const COMMANDS: Commands = {
  bench: {
    summary: 'Measure what the calls of a plugin cost',
    load: async () => (await import('./commands/bench.js')).bench,
  },
  completions: {
    summary: 'Print a completion script for a shell',
    load: async () => (await import('./commands/completions.js')).completionsOf(COMMANDS),
  },
  finish: {
    summary: 'Print the answers of states',
    load: async () => (await import('./commands/finish.js')).finish,
  },
  help: {
    summary: 'Explain a command, a flag or another topic',
    load: async () => (await import('./commands/help.js')).helpOf(COMMANDS),
  },
  inspect: {
    summary: 'Show what a library contains, without running it',
    load: async () => (await import('./commands/inspect.js')).inspect,
  },
  list: {
    summary: 'List the plugins that are found by name',
    load: async () => (await import('./commands/list.js')).list,
  },
  load: {
    summary: 'Open plugins, and print what they say',
    load: async () => (await import('./commands/load.js')).load,
  },
  lock: {
    summary: 'Record which plugins may be loaded',
    load: async () => (await import('./commands/lock.js')).lock,
  },
  merge: {
    summary: 'Merge files of states into one',
    load: async () => (await import('./commands/merge.js')).merge,
  },
  new: {
    summary: 'Make a plugin to begin with',
    load: async () => (await import('./commands/new.js')).newCommand,
  },
  plan: {
    summary: 'Cut files into parts for several runs',
    load: async () => (await import('./commands/plan.js')).plan,
  },
  report: {
    summary: 'Write a page about logs',
    load: async () => (await import('./commands/report.js')).report,
  },
  run: {
    summary: 'Run logs through native plugins',
    load: async () => (await import('./commands/run.js')).run,
  },
  trust: {
    summary: "Allow a folder's host.config.json",
    load: async () => (await import('./commands/trust.js')).trust,
  },
};
