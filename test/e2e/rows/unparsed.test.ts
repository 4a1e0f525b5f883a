import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, seen, without } from '../command.js';

const folder = makeScratch();
const file = join(folder, 'unparsed.log');
const log = join(folder, 'odd.log');

const fits = (i: number) => i % 7 !== 3 && i % 1000 > 20;
const lineOf = (i: number) =>
  fits(i)
    ? `192.0.2.${i % 256} - - [01/Jan/2025:00:00:00 +0000] "GET /${i} HTTP/1.1" ${i % 5 === 0 ? 500 : 200} 5`
    : `no request ${i}${i % 2 === 0 ? '\r' : ''}`;
const lines = Array.from({ length: 20_000 }, (_, i) => lineOf(i));
// The last line has no newline, and does not fit.
writeFileSync(log, [...lines, 'the end'].join('\n'));

const unfit = [...lines.filter((_, i) => !fits(i)), 'the end'];
const text = (some: readonly string[]) => some.map((line) => `${line}\n`).join('');
const told = `host: access: ${unfit.length.toLocaleString('en')} of 20,001 lines do not fit; the first is ${log}, line 1\n`;

const run = async (...args: string[]) => seen(await host(['run', log, '--parse', 'access', ...args]));
const written = () => readFileSync(file, 'utf8');

describe('host run --unparsed FILE', () => {
  it.each([[], ['-j', '1'], ['-j', '4', '--block-size', '4096'], ['-j', '2', '--block-size', '70000']])(
    'writes the lines that do not fit, in order and once (%s %s %s %s)',
    async (...how) => {
      const { status, stdout, stderr } = await run('--unparsed', file, '--aggregate', 'count', ...how);
      expect({ status, stdout, stderr }).toEqual({
        status: 0,
        stdout: `count\n${20_001 - unfit.length}\n`,
        stderr: told,
      });
      expect(written()).toBe(text(unfit));
    },
  );

  it.skipIf(without.where)('writes each once, whatever reads rows', async () => {
    const where = [
      '--where',
      'status = 500',
      '--where',
      "path ~ '^/'",
      '--columns',
      'path',
      '-o',
      join(folder, 'out.csv'),
    ];
    expect(await run('--unparsed', file, ...where, '-j', '3', '--block-size', '5000')).toEqual({
      status: 0,
      stdout: '',
      stderr: told,
    });
    expect(written()).toBe(text(unfit));
    const any = [
      '--any',
      '--where',
      'status = 500',
      '--where',
      'status = 200',
      '--filter',
      'contains',
      '-p',
      'text=end',
    ];
    expect(await run('--unparsed', file, ...any, '-c')).toMatchObject({ status: 0, stderr: told });
    expect(written()).toBe(text(unfit.slice(0, -1)));
  });

  it.skipIf(without.where)('counts what the first parser of several filters reads', async () => {
    const contains = ['--filter', 'contains', '-p', 'text=end'];
    const where = ['--where', 'status = 500', '--where', 'status = 200'];
    const kept = lines.filter((line) => / (500|200) \d+$/.test(line)).length;
    for (const how of [[], ['-j', '1'], ['-j', '4', '--block-size', '4096']])
      expect(await run('--any', ...contains, ...where, '-c', ...how)).toEqual({
        status: 0,
        stdout: `${kept + 1}\n`,
        stderr: `host: access: ${(unfit.length - 1).toLocaleString('en')} of 20,000 lines do not fit; the first is ${log}, line 1\n`,
      });
  });

  it.skipIf(without.where)('ends where the run has enough lines', async () => {
    for (const how of [[], ['-j', '4', '--block-size', '4096']]) {
      const { stdout } = await run('--unparsed', file, '--where', 'status = 200', '-m', '1000', ...how);
      const last = lines.indexOf(stdout.trimEnd().split('\n').at(-1) as string);
      expect(written()).toBe(text(lines.slice(0, last).filter((_, i) => !fits(i))));
      const rows = await run('--unparsed', file, '--columns', 'path', '-m', '1000', ...how);
      expect(rows.status).toBe(0);
    }
  });

  it('is empty when all lines fit, and replaces what was there', async () => {
    writeFileSync(file, 'old');
    const good = join(folder, 'good.log');
    writeFileSync(good, `${lineOf(100)}\n`);
    const args = ['run', good, '--parse', 'access', '--aggregate', 'count', '--unparsed', file];
    expect(seen(await host(args))).toEqual({ status: 0, stdout: 'count\n1\n', stderr: '' });
    expect(written()).toBe('');
  });

  it('stays as it was when the run fails, as the output does', async () => {
    writeFileSync(file, 'old');
    const args = ['run', log, join(folder, 'missing.log'), '--parse', 'access', '--columns', 'path'];
    const out = join(folder, 'kept.csv');
    const { status, stderr } = seen(await host([...args, '--unparsed', file, '-o', out]));
    expect(status).toBe(2);
    expect(stderr).toContain(`${file}: not written, because the run failed`);
    expect([written(), existsSync(out)]).toEqual(['old', false]);
    expect(seen(await host([...args, '--unparsed', file, '-o', out, '--keep-partial'])).status).toBe(2);
    expect([written(), existsSync(out)]).toEqual([text(unfit), true]);
  });

  it('takes a file with the name of a word by its path', async () => {
    const cwd = join(folder, 'words');
    mkdirSync(cwd);
    const { status } = await host(['run', log, '--parse', 'access', '--aggregate', 'count', '--unparsed', './keep'], {
      cwd,
    });
    expect([status, readFileSync(join(cwd, 'keep'), 'utf8')]).toEqual([0, text(unfit)]);
  });

  it.skipIf(!existsSync('/dev/full'))('ends the run with an error when it cannot be written', async () => {
    const { status, stdout, stderr } = await run('--unparsed', '/dev/full', '--aggregate', 'count');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('/dev/full: no space left on device');
  });

  it.each<[string[], string]>([
    [['--unparsed', 'keeep'], 'did you mean keep?\n      a file of this name is ./keeep'],
    [['--unparsed', '-'], 'the name of a file is needed'],
    [['--unparsed', log], 'it is also an input'],
    [['--unparsed', join(folder, 'no/such/folder')], 'no such file or directory'],
    [['--unparsed', join(folder, 'one'), '-o', `${folder}/./one`], 'the output goes there'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await run(...args, '--aggregate', 'count');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it.each([file, 'keep'])('refuses %s without a parser', async (value) => {
    const { status, stdout, stderr } = seen(await host(['run', log, '--unparsed', value]));
    expect([status, stdout, stderr]).toEqual([
      2,
      '',
      'host: run: --unparsed needs a parser\n      write: --parse access\n',
    ]);
  });
});

describe('a configuration of plughost run', () => {
  const config = join(folder, 'config.json');
  const by = async (settings: object, ...args: string[]) => {
    writeFileSync(config, JSON.stringify(settings));
    return seen(await host(['run', '--config', config, ...args]));
  };

  it('names parsers, conditions and aggregators among its stages', async () => {
    const count = { aggregate: 'count', by: ['status'], sort: '-count', limit: 1 };
    const stages = [{ parse: 'access' }, ...(without.where ? [] : [{ where: 'status >= 0' }]), count];
    expect(await by({ inputs: ['odd.log'], stages, unparsed: 'unparsed.log' })).toEqual({
      status: 0,
      stdout: `status,count\n200,${lines.filter((line, i) => fits(i) && / 200 5$/.test(line)).length}\n`,
      stderr: told,
    });
    expect(written()).toBe(text(unfit));
  });

  it('says which columns are written', async () => {
    const settings = { stages: [{ parse: 'access' }], columns: 'status', tz: 'UTC' };
    expect((await by(settings, log)).stdout.slice(0, 15)).toBe('status\n200\n200\n');
    // They say nothing beside other stages.
    expect((await by(settings, log, '--filter', 'contains', '-p', 'text=the end')).stdout).toBe('the end\n');
  });

  it.each<[object, string]>([
    [{ stages: [{ aggregate: 'count', by: 3 }] }, 'stages[0].by: a list is needed'],
    [{ stages: [{ aggregate: 'count', by: [3] }] }, 'stages[0].by: names of columns is needed'],
    [{ stages: [{ aggregate: 'count', limit: 'x' }] }, 'stages[0].limit: a number is needed'],
    [{ stages: [{ where: 3 }] }, 'stages[0].where: a condition as text is needed'],
    [{ stages: [{ parse: 'access', by: 'x' }] }, 'there is no stages[0].by'],
    [{ tz: 'x' }, '--tz x: there is no such time zone'],
  ])('refuses %j', async (settings, message) => {
    const { status, stderr } = await by(settings, log);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('has the status 1 without a row', async () => {
    expect(seen(await host(['run', '--parse', 'access', '--columns', 'status'], { input: 'no\n' }))).toEqual({
      status: 1,
      stdout: 'status\n',
      stderr: 'host: access: 1 of 1 lines do not fit; the first is (standard input), line 1\n',
    });
  });
});
