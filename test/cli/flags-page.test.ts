import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { COMMON_FLAGS } from '../../src/cli/flags/common.js';
import { type Flag, GROUPS } from '../../src/cli/flags/flag.js';
import { ISOLATION_FLAGS } from '../../src/cli/flags/isolation.js';
import { groupsOf } from '../../src/cli/help/describe-flags.js';

const cell = (text: string) => text.replaceAll('|', String.raw`\|`);
const term = ({ name, short, value }: Flag) =>
  `${short ? `\`-${short}\`, ` : ''}\`--${name}${value ? ` ${value}` : ''}\``;
const tableOf = (flags: readonly Flag[]) =>
  ['| | |', '|---|---|', ...flags.map((flag) => `| ${cell(term(flag))} | ${cell(flag.help)} |`)].join('\n');

it('docs/flags.md has the flags of all commands (write it anew with: npx vitest run test/cli -u)', async () => {
  const common = new Set<Flag>(COMMON_FLAGS);
  const sections = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
      const groups = groupsOf((await load()).flags.filter((flag) => !common.has(flag)));
      const tables =
        name === 'run'
          ? groups.flatMap(([group, flags]) => [`### ${GROUPS[group]}`, tableOf(flags)])
          : groups.length > 0
            ? [tableOf(groups.flatMap(([, flags]) => flags))]
            : [];
      return [`## \`plughost ${name}\``, `${summary}.`, ...tables].join('\n\n');
    }),
  );
  const all = ['## All commands', tableOf(COMMON_FLAGS)].join('\n\n');
  const head =
    '# Flags\n\nAll flags of all commands. `plughost COMMAND --help` explains them, and `plughost help FLAG` explains one. `--no-NAME` undoes a flag. The last one wins.';
  await expect(`${[head, all, ...sections].join('\n\n')}\n`).toMatchFileSnapshot('../../docs/flags.md');
});

it('the table of docs/isolation.md has each flag of the group, as the help writes it', () => {
  const page = readFileSync(new URL('../../docs/isolation.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(--[\w-]+)/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(ISOLATION_FLAGS.map(({ name }) => `--${name}`).sort());
});
