import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { builtIn, host, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const missing = (shell: string) =>
  spawnSync(shell, ['-c', 'true']).error ? ` (skipped: ${shell} is not installed)` : '';
const folder = makeScratch();
// BIND's DNS tool is called `host` too, so this folder comes first in PATH.
for (const name of ['host', 'plughost']) symlinkSync(join(ROOT, 'bin/host.js'), join(folder, name));
const path = `${folder}:${process.env.PATH}`;

async function scriptOf(shell: string): Promise<string> {
  const outcome = await host(['completions', shell]);
  expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' });
  const file = join(folder, `completions.${shell}`);
  writeFileSync(file, outcome.stdout);
  return file;
}

/** Runs a shell and returns the lines that it prints. */
function run(program: string, args: string[]): string[] {
  const env = { ...process.env, PATH: path, HOME: folder };
  const { stdout } = spawnSync(program, args, { env, encoding: 'utf8' });
  return stdout.trim().split('\n').filter(Boolean);
}

/** A folder with a plugin that is only a filter. */
const plugins = join(folder, 'plugins');
mkdirSync(plugins);
copyFileSync(builtIn('contains'), join(plugins, 'libonly-a-filter.so'));

const FILTERS = ['contains', 'noop', ...['patterns', 'regex'].filter((name) => existsSync(builtIn(name)))];

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
  [['host', 'new', 'ty'], ['typescript']],
  [
    ['host', 'new', 'c', 'slow', '--kind', ''],
    ['aggregator', 'exporter', 'filter', 'parser', 'row-filter', 'transform'],
  ],
  [['host', 'trust', '--li'], ['--list']],
  [['host', 'run', '--no-cou'], ['--no-count']],
  [['host', 'inspect', '--no-j'], ['--no-json']],
  [['host', 'help', 'iso'], ['isolation']],
  [
    ['plughost', 'completions', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [
    ['host', 'run', '--filter', 'contains', '-p', ''],
    ['ignoreCase=false', 'ignoreCase=true', 'text='],
  ],
  [
    ['host', 'run', '--filter', 'contains', '-p', 'text=x', '--export', 'csv', '-p', 'n'],
    ['newline=crlf', 'newline=lf'],
  ],
  [
    ['host', 'bench', 'csv', '-p', 'he'],
    ['header=false', 'header=true'],
  ],
  [['host', 'load', builtIn('csv'), '-p', 'd'], ['delimiter=']],
  [['host', 'load', 'contains', '-p', 'text=x', 'csv', '-p', 'd'], ['delimiter=']],
  [['host', 'load', '--plugin-dir', plugins, 'only-a-filter', '-p', 't'], ['text=']],
  [['host', 'load', 'contai'], ['contains']],
  [['host', 'lock', '--plugin-dir', plugins, 'only'], ['only-a-filter']],
  [['host', 'inspect', 'red'], ['redact']],
  [['host', 'bench', 'jsonl'], ['jsonl']],
  [['host', 'load', join(plugins, 'lib')], [join(plugins, 'libonly-a-filter.so')]],
  [['host', 'run', '--filter', ''], FILTERS],
  [['host', 'run', '--plugin-dir', plugins, '--transform', 'only'], []],
  [['host', 'run', '--filter', 'nothing-of-that-name', '-p', ''], []],
  [
    ['host', 'run', '--export', ''],
    ['csv', 'duckdb', 'jsonl', 'noop', 'table'],
  ],
  [['host', 'run', '--plugin-dir', plugins, '--filter', 'only'], ['only-a-filter']],
  [['host', 'run', '--plugin-dir', plugins, '--export', 'only'], []],
];

describe.skipIf(missing('bash'))(`completions for bash${missing('bash')}`, () => {
  const offered = (file: string, words: string[]) =>
    run('bash', [
      '-c',
      `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _plughost; printf '%s\\n' "\${COMPREPLY[@]}"`,
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
    // Bash splits words at `=`.
    expect(offered(file, ['host', 'run', '--color', '=', 'al'])).toEqual(['always']);
    expect(offered(file, ['host', 'run', '--filter', 'contains', '-p', 'ignoreCase', '=', 't'])).toEqual(['true']);
    expect(offered(file, ['host', 'run', '--filter', 'contains', '-p', 'ignoreCase', '='])).toEqual(['false', 'true']);
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

const noTerminal = spawnSync('script', ['--version']).error
  ? ' (skipped: script, of util-linux, is not installed)'
  : '';
/** How to start a shell at a terminal and load the completions. */
const SHELLS: Record<string, { command: string; start: (file: string) => string }> = {
  bash: { command: 'bash --norc --noprofile -i', start: (file) => `. ${file}; bind 'set bell-style none'` },
  zsh: {
    command: 'zsh -f -i',
    start: (file) =>
      `unsetopt beep zle_bracketed_paste; autoload -U compinit; compinit -u -d ${folder}/dump2; . ${file}`,
  },
};
for (const [shell, { command, start }] of Object.entries(SHELLS)) {
  const why = missing(shell) || noTerminal;
  it.skipIf(why)(`${shell} at a terminal completes what is typed${why}`, { timeout: 120_000 }, async () => {
    const file = await scriptOf(shell);
    const cwd = join(folder, `typed-in-${shell}`);
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'a-file'), '');
    const env = { ...process.env, PATH: path, HOME: folder, TERM: 'dumb', PS1: '> ', INPUTRC: '/dev/null' };
    const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd, env });
    let shown = '';
    const arrived = (text: string) =>
      new Promise<void>((done) => {
        const look = () => {
          if (!shown.includes(text)) return;
          child.stdout.off('data', look);
          done();
        };
        child.stdout.on('data', look);
        look();
      });
    child.stdout.setEncoding('utf8').on('data', (part) => (shown += part));
    const typed = async (keys: string, wanted: string) => {
      shown = '';
      child.stdin.write(keys);
      await arrived(wanted);
    };
    try {
      // Only the shell prints 23. The echo of the typed line does not contain it.
      await typed(`${start(file)}; echo ready-$((20 + 3))\n`, 'ready-23');
      await typed('plughost run --filter contai\t', 'contains ');
      await typed('-p ignoreCase=t\t', 'ignoreCase=true ');
      await typed('-p te\t', 'text=');
      await typed('\x15host run --transform reda\t', 'redact ');
      await typed('-p \t\t', 'replacement=');
      expect(shown).not.toContain('a-file');
    } finally {
      child.kill('SIGKILL');
    }
  });
}

describe('every shell', () => {
  it.each(['bash', 'zsh', 'fish'])('%s is offered every option that the help of a verb has', async (shell) => {
    const script = (await host(['completions', shell])).stdout.toString();
    for (const verb of Object.keys(COMMANDS)) {
      const help = (await host([verb, '--help'])).stdout.toString();
      const names = [...help.matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)].map(([, name]) => name);
      expect(names).toContain('help');
      for (const name of names) {
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
