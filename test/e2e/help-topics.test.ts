import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { GROUPS } from '../../src/cli/flags/flag.js';
import { TOPICS } from '../../src/cli/help/topics.js';
import { host, inPairs, seen } from './command.js';

const help = async (...args: string[]) => {
  const outcome = seen(await host(args));
  expect({ args, status: outcome.status, stderr: outcome.stderr }).toEqual({ args, status: 0, stderr: '' });
  expect(outcome.stdout.split('\n').filter((line) => line.length > 80 || /\s$/.test(line))).toEqual([]);
  expect(outcome.stdout).not.toMatch(/\n\n\n|\n\n$/);
  // Whatever the command was called by, its help has its first name.
  expect(outcome.stdout.replace(/\s+/g, ' ')).not.toMatch(shortName);
  return outcome.stdout;
};
const names = Object.keys(COMMANDS);
const shortName = new RegExp(`(?<![\\w./-])host (--|COMMAND|(${names.join('|')})\\b)`);

describe('the help of a command', () => {
  it('has one line for each flag with -h', async () => {
    for (const [name, text] of (await inPairs(names, (name) => help(name, '-h'))).entries()) {
      expect(text).toContain(`Usage: plughost ${names[name]}`);
      const flags = text.split('\n').filter((line) => /^ {2}(-\w,| {3}) --/.test(line));
      expect(flags.filter((line) => !/^.{28} {2}[A-Z]/.test(line))).toEqual([]);
      expect(flags.at(-1)).toBe('  -h, --help                  Show help: -h in short, --help in full');
    }
  });

  it('explains each of these flags with --help, and the exit status', async () => {
    for (const name of ['run', 'load', 'trust']) {
      const [short, long] = [await help(name, '-h'), await help(name, '--help')];
      const terms = [...short.matchAll(/^ {2}(?:-\w, | {4})--\S+( [A-Z=]+(?= {2}))?/gm)].map(([term]) => term);
      expect(terms.length).toBeGreaterThan(3);
      expect(long.split('\n')).toEqual(expect.arrayContaining(terms.map((term) => term.trimEnd())));
      expect(long).toMatch(/\nExit status:\n {2}0 /);
      expect(short).not.toContain('Exit status');
      expect(await help('help', name)).toBe(long);
    }
  });

  it('lets the last of -h and --help win', async () => {
    expect(await help('list', '--help', '-h')).toBe(await help('list', '-h'));
    expect(await help('list', '-h', '--help')).toBe(await help('list', '--help'));
  });
});

describe('host help', () => {
  it('lists commands and topics', async () => {
    const text = await help('help');
    for (const name of [...names, ...Object.keys(TOPICS)]) expect(text).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(await help('--help')).toBe(text);
  });

  it('explains each topic', async () => {
    const texts = await inPairs(Object.keys(TOPICS), (topic) => help('help', topic));
    for (const text of texts) expect(text).toMatch(/^[A-Z].*\.\n\n/);
    expect(await help('help', 'config')).toBe(await help('help', 'configuration'));
  });

  it('explains the flags of a group', async () => {
    for (const group of Object.keys(GROUPS)) expect(TOPICS[group]?.group).toBe(group);
    const text = await help('help', 'isolation');
    expect(text).toContain('      --sandbox\n          Isolate plugins');
    expect(text).not.toContain('--max-line');
  });

  it('has the exit statuses of all commands', async () => {
    const text = await help('help', 'exit-status');
    for (const name of names) expect(text).toMatch(new RegExp(`^plughost ${name}:\n  0 `, 'm'));
  });

  it('explains a flag in each command that has it', async () => {
    expect(await help('help', 'max-count')).toBe(
      'plughost run:\n  -m, --max-count N\n          Stop reading a file after N kept lines or rows.\n',
    );
    expect(await help('help', 'no-max-count')).toBe(await help('help', 'm'));
    const workers = await help('help', 'workers');
    expect(workers).toMatch(/^plughost bench:\n.*\n.*default: 1\)/);
    expect(workers).toMatch(/^plughost report, plughost run:\n.*\n.*each core\)/m);
    expect(await help('help', 'no-config')).toContain('--no-config\n');
  });

  it.each([
    ['isolatoin', 'did you mean isolation?'],
    ['rn', 'did you mean run?'],
    ['max-cuont', 'did you mean max-count?'],
    ['shape', 'see: plughost help'],
    ['constructor', 'see: plughost help'],
  ])('does not know %s', async (topic, hint) => {
    expect(seen(await host(['help', topic]))).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: help: there is no topic ${topic}\n      ${hint}\n`,
    });
  });
});

describe('--verbose and --color', () => {
  it('count also for an error in the command line after them', async () => {
    const { stderr } = seen(await host(['bench', '--color', 'always', '--verbose']));
    expect(stderr.startsWith('\x1b[31mhost:\x1b[0m bench: no PLUGIN is given\n')).toBe(true);
    expect(stderr).toMatch(/^\s+at /m);
  });

  it('are undone by --no-', async () => {
    const { stderr } = seen(await host(['bench', '--color', 'always', '--verbose', '--no-verbose', '--no-color']));
    expect(stderr).toBe('host: bench: no PLUGIN is given\n      see: plughost bench --help\n');
  });
});
