import { type Flag, GROUPS, type Group } from '../flags/flag.js';
import { paragraphs, twoColumns } from '../terminal/wrap.js';

/** Where the text of the short help starts. */
const COLUMN = 30;

/** How much the long help indents the text of a flag. */
const INDENT = 10;

/** How a flag is written: `-o, --output FILE`. */
export function termOf({ name, short, value }: Flag): string {
  return `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`;
}

/** Returns the flags that appear in help, by group. */
export function groupsOf(table: readonly Flag[]): [group: Group, flags: Flag[]][] {
  return (Object.keys(GROUPS) as Group[])
    .map((group): [Group, Flag[]] => [group, table.filter((flag) => flag.group === group && !flag.hidden)])
    .filter(([, flags]) => flags.length > 0);
}

/** Returns one line for each flag, under the heading of its group. */
export function shortFlags(table: readonly Flag[]): string {
  return groupsOf(table)
    .map(([group, flags]) =>
      [`${GROUPS[group]}:`, ...flags.map((flag) => twoColumns(termOf(flag), flag.help, COLUMN))].join('\n'),
    )
    .join('\n\n');
}

/** Returns each flag with its paragraphs, under the heading of its group, and an empty line after each. */
export function longFlags(table: readonly Flag[]): string {
  return groupsOf(table)
    .map(([group, flags]) => `${GROUPS[group]}:\n${flags.map(longFlag).join('\n')}`)
    .join('\n');
}

/** Returns one flag with its paragraphs. */
export function longFlag(flag: Flag): string {
  const text = flag.details ? `${flag.help}. ${flag.details}` : `${flag.help}.`;
  return `  ${termOf(flag)}\n${paragraphs(text, INDENT)}\n`;
}
