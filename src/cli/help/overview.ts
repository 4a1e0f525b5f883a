import type { Commands } from '../command.js';
import { paragraphs, twoColumns } from '../terminal/wrap.js';
import { TOPICS } from './topics.js';

const COLUMN = 17;

/** Returns the help of the command itself: the commands, and in the long form the other topics. */
export function overview(commands: Commands, form: 'short' | 'long'): string {
  const rows = (entries: readonly [string, string][]) =>
    entries.map(([name, text]) => twoColumns(name, text, COLUMN)).join('\n');
  const parts = [
    'Usage: plughost COMMAND [ARGUMENT...]',
    'A host for native plugins, and a log tool made of such plugins.',
    `Commands:\n${rows(Object.entries(commands).map(([name, { summary }]) => [name, summary]))}`,
    ...(form === 'long' ? [`Topics:\n${rows(Object.entries(TOPICS).map(([name, { title }]) => [name, title]))}`] : []),
    ...(form === 'long' ? [`Examples:\n${EXAMPLES.map((line) => `  ${line}`).join('\n')}`] : []),
    paragraphs(
      'plughost COMMAND -h lists the flags of a command, and plughost COMMAND --help explains them. plughost help TOPIC explains a command, a flag or one of the topics of plughost --help. plughost --version prints the version.',
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

const EXAMPLES = [
  'plughost list',
  "plughost run access.log --filter regex -p 'pattern= 5\\d\\d '",
  'plughost inspect ./libmine.so',
  'plughost help isolation',
];
