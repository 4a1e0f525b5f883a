import type { Flag } from '../flags/flag.js';
import { KIND_OF } from './offers.js';

/** What a shell completes of a flag. */
export type CompletedFlag = Pick<Flag, 'name' | 'short' | 'value' | 'choices' | 'help'>;

/** What a shell completes of a command. */
export interface CompletedCommand {
  name: string;
  summary: string;
  flags: readonly CompletedFlag[];
  /** The only operands that it takes, or `plugins`: names of plugins and files. By default files. */
  operands: readonly string[] | 'plugins' | undefined;
}

/** Makes the completion script of each shell. */
export const SCRIPTS: Record<string, (commands: readonly CompletedCommand[]) => string> = { bash, zsh, fish };

/** The names of the command. A shell loads the script by the first one. */
const NAMES = ['plughost', 'host'];
/** What the command itself offers as a value of the flag. */
const offerOf = ({ name }: CompletedFlag) => (name === 'param' ? 'option' : KIND_OF[name]);
const spellings = ({ name, short }: CompletedFlag) => [`--${name}`, ...(short ? [`-${short}`] : [])];

/** Stands in the script for bash where operands are plugins. No operand of a command looks like it. */
const PLUGINS = '@plugins';

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
          : offerOf(flag)
            ? `words=$(_plughost_offer ${offerOf(flag)})`
            : 'words=';
        return `    ${pattern}) ${words} ;;`;
      }),
  );
  const options = commands.map(
    ({ name, flags, operands }) =>
      `    ${name}) options='${flags.flatMap(spellings).join(' ')}' operands='${operands === 'plugins' ? PLUGINS : (operands?.join(' ') ?? '')}' ;;`,
  );
  return `# Completions of plughost, and of host, its short name, for bash.
# Prints what fits after the words of _plughost. Fails for options, where files do not fit.
_plughost_offer() {
  local quotes=$'["\\']'
  "$program" completions --offer "$1" -- "\${before[@]//$quotes/}" 2>/dev/null
  [[ $1 != option ]]
}
_plughost() {
  local program=\${COMP_WORDS[0]/#~/$HOME} words options= operands= i word
  # Bash splits --color=auto and key=value into several words. Here a flag's value is one word, and key=value is one.
  local -a line=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#line[@]} > 1)) && [[ $word == = || \${line[-1]} == *= && \${COMP_WORDS[i - 1]} == = ]]; then
      line[-1]+=$word
    else
      line+=("$word")
    fi
  done
  local -a split=()
  for word in "\${line[@]}"; do
    if [[ $word == --*=* ]]; then split+=("\${word%%=*}" "\${word#*=}"); else split+=("$word"); fi
  done
  local verb=\${split[0]} current=\${split[-1]} before=("\${split[@]:0:\${#split[@]}-1}")
  COMPREPLY=()
  if ((\${#split[@]} == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$current")
    return
  fi
  case $verb in
${options.join('\n')}
  esac
  for word in "\${before[@]}"; do
    if [[ $word == -- ]]; then return; fi
  done
  case "$verb \${before[-1]}" in
${values.join('\n')}
    *) if [[ $current == -* ]]; then words=$options; else words=$operands; fi ;;
  esac || compopt +o default +o bashdefault 2>/dev/null
  if [[ $words == ${PLUGINS} ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_plughost_offer plugin)" -- "$current"; compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
  if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then COMPREPLY=("\${COMPREPLY[@]#"\${current%%=*}="}"); fi
}
complete -o default -o bashdefault -F _plughost ${NAMES.join(' ')}
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const plain = (text: string) => text.replace(/[[\]:\\]/g, String.raw`\$&`);
  const spec = (flag: CompletedFlag) => {
    const { value, choices, help } = flag;
    const offer = offerOf(flag);
    const action = choices ? `(${choices.join(' ')})` : offer ? `{_plughost_offer ${offer}}` : '_files';
    return spellings(flag).map((spelling) => {
      const name = value && spelling.startsWith('--') ? `${spelling}=` : spelling;
      return quoted(`*${name}[${plain(help)}]${value ? `:${plain(value)}:${action}` : ''}`);
    });
  };
  const cases = commands.map(({ name, flags, operands }) => {
    const rest =
      operands === 'plugins'
        ? '*:plugin:_plughost_plugins'
        : operands
          ? `*:operand:(${operands.join(' ')})`
          : '*:file:_files';
    return `    ${name}) _arguments -s ${[...flags.flatMap(spec), quoted(rest)].join(' ')} ;;`;
  });
  return `#compdef ${NAMES.join(' ')}
_plughost_offer() {
  local -a offers
  if [[ $1 != option && $PREFIX == */* ]]; then
    _files
    return
  fi
  offers=(\${(f)"$($program completions --offer $1 -- "\${(@Q)words[1,CURRENT-1]}" 2>/dev/null)"})
  compadd -S '' -- \${(M)offers:#*=}
  compadd -- \${offers:#*=}
}
_plughost_plugins() {
  [[ $PREFIX == */* ]] || _plughost_offer plugin
  _files
}
_plughost() {
  local -a verbs
  verbs=(${commands.map(({ name, summary }) => quoted(`${name}:${plain(summary)}`)).join(' ')})
  if ((CURRENT == 2)); then
    _describe command verbs
    return
  fi
  local program=$words[1]
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _(plug|)host ]]; then _plughost "$@"; else compdef _plughost ${NAMES.join(' ')}; fi
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
          : offerOf(flag)
            ? ` -x -a '(__plughost_offer ${offerOf(flag)})'`
            : value
              ? ' -r'
              : '';
        return `${head} -l ${long}${short ? ` -s ${short}` : ''}${given} -d ${quoted(help)}`;
      });
      if (operands === 'plugins') return [...options, `${head} -a '(__plughost_offer plugin)'`];
      return operands ? [...options, `${head} -f -a ${quoted(operands.join(' '))}`] : options;
    }),
  ]);
  return `# Completions of plughost, and of host, its short name, for fish.
function __plughost_offer
  if test $argv[1] != option; and string match -q '*/*' -- (commandline -ct)
    __fish_complete_path (commandline -ct)
    return
  end
  set -l words (commandline -opc)
  $words[1] completions --offer $argv[1] -- $words[2..-1] 2>/dev/null
end
${lines.join('\n')}
`;
}
