import type { Flag } from './flags.js';

/** A verb, as far as a shell can complete it. */
export interface CompletedCommand {
  name: string;
  summary: string;
  flags: readonly Flag[];
  /** The only operands that it takes; by default they are files. */
  operands: readonly string[] | undefined;
}

/** Scripts for shells, by their names, made of the tables that drive parsing and help. */
export const SCRIPTS: Record<string, (commands: readonly CompletedCommand[]) => string> = { bash, zsh, fish };

const NAMES = ['host', 'plughost'];
/** Prints the names of the plugins that are found. A shell would run a name such as `$(command)`, so such a name is left out. */
const PLUGINS = String.raw`host list --json 2>/dev/null | sed -n 's/^{"name":"\([A-Za-z0-9._+-]*\)".*/\1/p'`;
const takesPlugin = ({ value }: Flag) => value === 'PLUGIN';
const spellings = ({ name, short }: Flag) => [`--${name}`, ...(short ? [`-${short}`] : [])];

function bash(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ value }) => value)
      .map((flag) => {
        const pattern = spellings(flag)
          .map((spelling) => `'${name} ${spelling}'`)
          .join(' | ');
        const words = flag.choices
          ? `words='${flag.choices.join(' ')}'`
          : takesPlugin(flag)
            ? `words=$(${PLUGINS})`
            : 'words=';
        return `    ${pattern}) ${words} ;;`;
      }),
  );
  const options = commands.map(
    ({ name, flags, operands }) =>
      `    ${name}) options='${flags.flatMap(spellings).join(' ')}' operands='${operands?.join(' ') ?? ''}' ;;`,
  );
  return `# Completions of host for bash.
_plughost() {
  local current=\${COMP_WORDS[COMP_CWORD]} verb=\${COMP_WORDS[1]} words options= operands= i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$current")
    return
  fi
  case $verb in
${options.join('\n')}
  esac
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == -- ]]; then return; fi
  done
  case "$verb \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
    *) if [[ $current == -* ]]; then words=$options; else words=$operands; fi ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -o bashdefault -F _plughost ${NAMES.join(' ')}
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const plain = (text: string) => text.replace(/[[\]:\\]/g, String.raw`\$&`);
  const spec = (flag: Flag) => {
    const { value, choices, help } = flag;
    const action = choices ? `(${choices.join(' ')})` : takesPlugin(flag) ? '_plughost_plugins' : '_files';
    return spellings(flag).map((spelling) =>
      quoted(`*${spelling}[${plain(help)}]${value ? `:${plain(value)}:${action}` : ''}`),
    );
  };
  const cases = commands.map(({ name, flags, operands }) => {
    const rest = operands ? `*:operand:(${operands.join(' ')})` : '*:file:_files';
    return `    ${name}) _arguments -s ${[...flags.flatMap(spec), quoted(rest)].join(' ')} ;;`;
  });
  return `#compdef ${NAMES.join(' ')}
_plughost_plugins() {
  local -a names
  names=(\${(f)"$(${PLUGINS})"})
  _alternative "plugins:plugin:($names)" 'files:file:_files'
}
_plughost() {
  local -a verbs
  verbs=(${commands.map(({ name, summary }) => quoted(`${name}:${plain(summary)}`)).join(' ')})
  if ((CURRENT == 2)); then
    _describe command verbs
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _host ]]; then _plughost "$@"; else compdef _plughost ${NAMES.join(' ')}; fi
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;
  const lines = NAMES.flatMap((program) => [
    ...commands.map(
      ({ name, summary }) => `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap(({ name, flags, operands }) => {
      const head = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`;
      const options = flags.map((flag) => {
        const { name: long, short, value, choices, help } = flag;
        const given = choices
          ? ` -x -a ${quoted(choices.join(' '))}`
          : takesPlugin(flag)
            ? ` -r -a ${quoted(`(${PLUGINS})`)}`
            : value
              ? ' -r'
              : '';
        return `${head} -l ${long}${short ? ` -s ${short}` : ''}${given} -d ${quoted(help)}`;
      });
      return operands ? [...options, `${head} -f -a ${quoted(operands.join(' '))}`] : options;
    }),
  ]);
  return `# Completions of host for fish.\n${lines.join('\n')}\n`;
}
