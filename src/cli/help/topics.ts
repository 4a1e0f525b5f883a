import type { Group } from '../flags/flag.js';

/** Something that `plughost help` explains, beside commands and flags. */
export interface Topic {
  /** For the list of topics, without a full stop. */
  title: string;
  text: string;
  /** The flags of `plughost run` that belong to it. */
  group?: Group;
  /** Whether the exit statuses of all commands belong to it. */
  statuses?: boolean;
}

export const TOPICS: Readonly<Record<string, Topic>> = {
  input: {
    title: 'What plughost run reads, and how it cuts lines',
    group: 'input',
    text: `plughost run reads the files that you name, in this order. FILE is a file, a directory (all files below it, by name), a glob in quotes such as 'logs/**/*.gz', or - for standard input. Without a FILE it reads standard input.

gzip, zstd, xz and bzip2 are recognised by their first bytes and decoded, and so are UTF-16 and UTF-32 with a byte order mark. Links that you name or match by a glob are followed. Below a directory only links to files are followed.

Lines are bytes. Text that is not UTF-8 stays as it is.`,
  },
  lines: {
    title: 'Which lines plughost run keeps',
    group: 'lines',
    text: `A line is kept if all filters keep it, in the order in which you name them. With --any one of the filters that follow is enough. -v before a filter keeps what this filter drops. Without a filter all lines are kept.

  plughost run app.log --filter contains -p text=ERROR -v --filter ./libmine.so`,
  },
  rows: {
    title: 'How lines become rows, and rows become answers',
    group: 'rows',
    text: `A parser reads each line as a row of typed columns. Conditions keep rows, aggregators make answers of them, and exporters write them. Their order is that of the command line.

  plughost run access.log --parse access --where 'status >= 500' \\
    --aggregate count --by path --sort -count --limit 10
  plughost run access.log --parse access --columns time,path,status --export csv

Who reads a column says its type: a condition by what it compares with, a key by its step, an aggregator by its options. So the data never decides it.`,
  },
  plugins: {
    title: 'How plugins are named, found and set up',
    group: 'plugins',
    text: `A plugin is named by a path or by a name, in every command. Text with a slash or a suffix such as .so is a path. For the name "mine", libmine.so is looked for in the folders of --plugin-dir, in those of HOST_PLUGIN_PATH, among the built-in plugins, and among those that are linked into plughost (builtin:mine), and never in the working folder: a file there is ./mine. plughost list shows what is found.

Options follow the plugin that they belong to. This prints the options of a plugin:

  plughost run --filter regex --help`,
  },
  output: {
    title: 'What plughost run prints, and where',
    group: 'output',
    text: `Kept lines go to standard output, in the order of the input. An exporter writes them in another format. -c, -l, -L, --json and --export exclude each other. Messages go to standard error.`,
  },
  isolation: {
    title: 'Plugins in processes of their own',
    group: 'isolation',
    text: `Plugins run in the process of the host, unless you isolate them. An isolated plugin cannot crash the host: lines that it does not survive are left out and reported. A sandboxed plugin also reaches no files, network or other processes.

  plughost run access.log --filter ./libmine.so --sandbox`,
  },
  other: {
    title: 'Threads, time, progress and messages',
    group: 'other',
    text: 'These flags change how a run is carried out and watched, and not which lines it prints.',
  },
  configuration: {
    title: 'Flags that a host.config.json sets',
    text: `plughost run reads flags from these files. A later one wins, and the command line wins over all of them.

  ~/.config/plughost/host.config.json  your own (in $XDG_CONFIG_HOME, if set)
  ./host.config.json                   the project's, after plughost trust
  --config FILE                        this one, and then no other

A key is the long name of a flag: {"max-count": 100, "line-number": true}. "inputs" is a list of files. "stages" is a list of filters and transforms:

  {
    "inputs": ["logs/*.log"],
    "stages": [{ "filter": "contains", "params": { "text": "login" } }],
    "export": { "export": "csv", "params": { "header": false } }
  }

--no-NAME takes back what a configuration says: --no-export. --no-config reads none. docs/configuration.md has the rest.`,
  },
  environment: {
    title: 'Environment variables',
    text: `  HOST_PLUGIN_PATH  folders with plugins, separated by colons
  NO_COLOR          if set, no colour unless --color always
  TERM              dumb: neither colour nor progress
  XDG_CONFIG_HOME   folder of your configuration (default: ~/.config)
  XDG_STATE_HOME    folder of what plughost trust remembers
                    (default: ~/.local/state)
  TMPDIR            folder of the log that plughost bench makes`,
  },
  'exit-status': {
    title: 'What exit statuses mean',
    text: `0 is success and 2 is an error, even if lines were printed. A signal that ends a command gives 128 and its number, such as 130 for Ctrl-C.`,
    statuses: true,
  },
};

/** Other words for topics. */
export const ALIASES: Readonly<Record<string, string>> = {
  config: 'configuration',
  'host.config.json': 'configuration',
  env: 'environment',
  exit: 'exit-status',
  status: 'exit-status',
  filters: 'lines',
  inputs: 'input',
  exporters: 'output',
};
