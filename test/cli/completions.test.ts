import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const missing = (shell: string) =>
  spawnSync(shell, ['-c', 'true']).error ? ` (skipped: ${shell} is not installed)` : '';
const folder = makeScratch();
const path = `${join(ROOT, 'bin')}:${process.env.PATH}`;

async function scriptOf(shell: string): Promise<string> {
  const outcome = await host(['completions', shell]);
  expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' });
  const file = join(folder, `completions.${shell}`);
  writeFileSync(file, outcome.stdout);
  return file;
}

/** What the shell offers for a command line whose last word is being typed. */
function run(program: string, args: string[]): string[] {
  // `host` is a name of BIND's tool too; here it is this one.
  const env = { ...process.env, PATH: path, HOME: folder };
  const { stdout } = spawnSync(program, args, { env, encoding: 'utf8' });
  return stdout.trim().split('\n').filter(Boolean);
}

const CASES: [line: string[], offered: string[] | RegExp][] = [
  [['host', 'in'], ['inspect']],
  [['host', 'run', '--colo'], ['--color']],
  [
    ['host', 'run', '--color', ''],
    ['always', 'auto', 'never'],
  ],
  [
    ['host', 'run', '--long-lines', 's'],
    ['skip', 'split'],
  ],
  [['host', 'load', '--iso'], ['--isolate']],
  [['host', 'tr'], ['trust']],
  [['host', 'trust', '--li'], ['--list']],
  [['host', 'run', '--no-cou'], ['--no-count']],
  [
    ['plughost', 'completions', ''],
    ['bash', 'fish', 'zsh'],
  ],
];

describe.skipIf(missing('bash'))(`completions for bash${missing('bash')}`, () => {
  const offered = (file: string, words: string[]) =>
    run('bash', [
      '-c',
      `host() { ${JSON.stringify(join(ROOT, 'bin/host.js'))} "$@"; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _plughost; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      file,
      ...words,
    ]).sort();

  it('are those of the tables', async () => {
    const file = await scriptOf('bash');
    for (const [line, wanted] of CASES) expect(offered(file, line)).toEqual(wanted);
    expect(offered(file, ['host', 'run', '--filter', 'con'])).toEqual(['contains']);
    expect(offered(file, ['host', 'run', '--output', ''])).toEqual([]);
    expect(offered(file, ['host', 'run', '--', '--col'])).toEqual([]);
  });
});

describe.skipIf(missing('fish'))(`completions for fish${missing('fish')}`, () => {
  it('are those of the tables', async () => {
    const file = await scriptOf('fish');
    for (const [line, wanted] of CASES) {
      const given = run('fish', ['-c', `source ${file}; complete -C ${JSON.stringify(line.join(' '))}`]);
      expect(given.map((entry) => entry.split('\t')[0]).sort()).toEqual(wanted);
    }
  });
});

describe.skipIf(missing('zsh'))(`completions for zsh${missing('zsh')}`, () => {
  it('are a script that zsh takes', async () => {
    const file = await scriptOf('zsh');
    const { status, stderr } = spawnSync('zsh', [
      '-f',
      '-c',
      `autoload -U compinit; compinit -u -d ${folder}/dump; . ${file}`,
    ]);
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  });
});

describe('every shell', () => {
  it.each(['bash', 'zsh', 'fish'])('%s is offered every option that the help of a verb has', async (shell) => {
    const script = (await host(['completions', shell])).stdout.toString();
    for (const verb of ['bench', 'completions', 'inspect', 'list', 'load', 'lock', 'run', 'trust']) {
      const help = (await host([verb, '--help'])).stdout.toString();
      for (const [, name] of help.matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)) {
        expect(script).toContain(shell === 'fish' ? ` -l ${name} ` : `--${name}`);
      }
    }
  });

  it('that there is none for is refused', async () => {
    expect(seen(await host(['completions', 'tcsh']))).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: completions: tcsh: it is one of bash, zsh, fish\n',
    });
  });
});
