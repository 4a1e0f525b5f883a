import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, HOST, host, ROOT, seen } from './command.js';
import { freshFolder, hostRun, SAMPLE } from './host-run.js';

describe('the help', () => {
  it.each([['--help'], ['-h'], ['help'], ['run', '--help'], ['run', '-h'], ['load', '-h'], ['help', 'run']])(
    'of host %s %s fits 80 columns and goes to standard output',
    async (...args) => {
      const { status, stdout, stderr } = await host(args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const lines = stdout.toString().split('\n');
      expect(lines[0]).toMatch(/^Usage: plughost /);
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it('of a run with a plugin lists the options of the plugin', async () => {
    const { stdout } = await hostRun(['--filter', 'contains', '--help']);
    expect(stdout).toContain(
      [
        'Options of contains (Keeps the lines that contain a text):',
        '  -p text=STRING          The text, as it stands; the empty one is in every line',
        '                          (required)',
        '  -p ignoreCase=BOOLEAN   ASCII letters match in either case (default false)',
      ].join('\n'),
    );
  });

  it('does not show what is for tests', async () => {
    expect((await hostRun(['--help'])).stdout).not.toMatch(/--shape|--block-size/);
  });

  it('is what an empty command line gets, on standard error and with status 2', async () => {
    const { status, stdout, stderr } = seen(await host([]));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: plughost COMMAND/);
  });
});

describe('host', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const flag of ['--version', '-V'])
      expect(seen(await host([flag]))).toEqual({ status: 0, stdout: `plughost ${version}\n`, stderr: '' });
  });

  it.each([
    ['runn', 'there is no command runn', 'did you mean run?'],
    ['--verison', 'there is no option --verison', 'did you mean --version?'],
    ['quux', 'there is no command quux', 'see: plughost --help'],
  ])('does not know %s', async (name, message, hint) => {
    expect(seen(await host([name]))).toEqual({ status: 2, stdout: '', stderr: `host: ${message}\n      ${hint}\n` });
  });

  it('works through a link, from any folder', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'deep'));
    symlinkSync(HOST, join(folder, 'deep/plughost'));
    const outcome = await bash('./plughost run -c --filter contains -p text=GET "$FILE"', {
      cwd: join(folder, 'deep'),
      env: { FILE: SAMPLE },
    });
    expect(outcome.status).toBe(0);
  });
});
