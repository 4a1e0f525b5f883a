import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../../src/addon.js';
import { makeScratch } from '../../helpers/compile.js';
import { exec, host, seen, without } from '../command.js';

const scratch = makeScratch();
const log = join(scratch, 'log');
writeFileSync(log, 'one 1\ntwo, 2\nthree "3"\n');
const fresh = () => mkdtempSync(join(scratch, 'fresh-'));

const run = async (args: string[], around = {}) => seen(await host(['run', ...args], around));

describe('an option that is given twice', () => {
  it.each<[string[], string]>([
    [['run', '--export', 'csv', '--export', 'jsonl'], 'run: --export jsonl'],
    [['run', '--export', 'csv', '--export', 'csv'], 'run: --export csv'],
    [['run', '--config', 'a', '--config', 'b'], 'run: --config b'],
    [['run', '--require-lock', 'a', '--require-lock', 'b'], 'run: --require-lock b'],
    [['load', 'x', '--require-lock', 'a', '--require-lock', 'b'], 'load: --require-lock b'],
  ])('is an error where one of the two would be lost: %j', async (args, message) => {
    const stderr = `host: ${message}: it is given twice, and there can be one\n`;
    expect(seen(await host(args))).toEqual({ status: 2, stdout: '', stderr });
  });

  it('counts as it stands last where it is a setting', async () => {
    expect((await run([log, '-m', '1', '-m', '2'])).stdout).toBe('one 1\ntwo, 2\n');
    expect((await run([log, '--filter', 'contains', '-p', 'text=one', '-p', 'text=two'])).stdout).toBe('two, 2\n');
  });

  it('is an error in a configuration, too', async () => {
    const config = join(fresh(), 'config.json');
    for (const text of ['{"output":["a","b"]}', '{"export":["csv","jsonl"]}', '{"workers":[1,2]}']) {
      writeFileSync(config, text);
      const { status, stderr } = await run([log, '--config', config]);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/: (text or a number|an object) is needed\n$/)]);
    }
  });
});

describe('an option without what it belongs to', () => {
  it.each<[string[], string]>([
    [['-p', 'text=x'], '-p text=x: no plugin is named before it'],
    [['--params-file', 'x'], '--params-file x: no plugin is named before it'],
    [['--export', 'csv', '--no-export', '-p', 'header=false'], '-p header=false: no plugin is named before it'],
    [['--any'], 'no filter follows --any'],
    [['--all'], '--all ends the filters of --any, and none is before it'],
    [['--filter', 'noop', '--all'], '--all ends the filters of --any, and none is before it'],
    [['-v'], '-v stands before the filter that it inverts'],
    [['--append'], '--append says nothing without an output file'],
    [['--append', '-o', '-'], '--append says nothing without an output file'],
    [['--keep-partial'], '--keep-partial says nothing without an output file'],
    [['--keep-partial', '-o', '-'], '--keep-partial says nothing without an output file'],
    [['--on-fault', 'skip'], '--on-fault says nothing without --isolate'],
    [['--grant', 'threads', '--isolate'], '--grant says nothing without --sandbox'],
    [['--total'], '--total says nothing without --count'],
  ])('is an error: %j', async (args, message) => {
    const { status, stdout, stderr } = await run([log, ...args]);
    expect([status, stdout, stderr.split('\n')[0]]).toEqual([2, '', `host: run: ${message}`]);
  });
});

describe('host run --append with an exporter', () => {
  it('writes the header once', async () => {
    const out = join(fresh(), 'out.csv');
    const rows = '0,one 1\n6,"two, 2"\n13,"three ""3"""\n';
    for (const isolate of [[], ['--isolate'], []]) {
      const args = [log, '--export', 'csv', '--append', '-o', out, ...isolate];
      expect(await run(args)).toEqual({ status: 0, stdout: '', stderr: '' });
    }
    expect(readFileSync(out, 'utf8')).toBe(`offset,text\n${rows}${rows}${rows}`);
  });

  it('writes it into a file that is there and empty', async () => {
    const out = join(fresh(), 'out.csv');
    writeFileSync(out, '');
    await run([log, '--export', 'csv', '--append', '-o', out, '-m', '1']);
    expect(readFileSync(out, 'utf8')).toBe('offset,text\n0,one 1\n');
  });
});

const noPython = spawnSync('python3', ['--version']).error ? ' (skipped: python3 is not installed)' : '';

describe('the delimiter of csv', () => {
  it.each(['0', '7', 'o', 'Z', '"', '\n', '\r', '', 'ab', 'tabs', 'é'])('%j is refused', async (delimiter) => {
    const { status, stdout, stderr } = await run([log, '--export', 'csv', '-p', `delimiter=${delimiter}`]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^host: configure csv: the option "delimiter"/);
  });

  it.each([
    ['comma', ','],
    ['pipe', '|'],
    ['semicolon', ';'],
    ['space', ' '],
    ['tab', '\t'],
  ])('may be said as %s', async (word, delimiter) => {
    const of = (text: string) => run([log, '--export', 'csv', '-p', `delimiter=${text}`]);
    expect(await of(word)).toEqual(await of(delimiter));
  });

  it.skipIf(noPython).each([',', ';', '\t', '|', ' ', ':', '-', '.', '\x01', '\x1f'])(
    `%j gives rows that are read again${noPython}`,
    async (delimiter) => {
      const { stdout } = await run([log, '--export', 'csv', '-p', `delimiter=${delimiter}`]);
      const script = `import csv, json, sys
print(json.dumps(list(csv.reader(sys.stdin, delimiter=${JSON.stringify(delimiter)}))))`;
      const read = await exec('python3', ['-c', script], { input: stdout });
      expect(JSON.parse(read.stdout.toString())).toEqual([
        ['offset', 'text'],
        ['0', 'one 1'],
        ['6', 'two, 2'],
        ['13', 'three "3"'],
      ]);
    },
  );
});

describe('host list', () => {
  it('says when there is no plugin, and where it looked', async () => {
    const [empty, build] = [fresh(), fresh()];
    symlinkSync(join(buildFolder, 'Release'), join(build, 'Release'));
    mkdirSync(join(build, 'plugins'));
    const env = { PLUGHOST_BUILD: build };
    expect(seen(await host(['list', '--plugin-dir', empty], { env }))).toEqual({
      status: 1,
      stdout: '',
      stderr: `host: there is no plugin in ${empty}, ${build}/plugins\n      name a folder with --plugin-dir DIR or in HOST_PLUGIN_PATH\n`,
    });
    const { status, stdout, stderr } = seen(await host(['list', '--json'], { env }));
    expect([status, stdout, JSON.parse(stderr)]).toEqual([
      1,
      '',
      { type: 'warning', data: { message: `there is no plugin in ${build}/plugins` } },
    ]);
  });

  it('says that the native parts are missing, and the plugins with them', async () => {
    const build = fresh();
    const env = { PLUGHOST_BUILD: build };
    const tried = `load the native addon: there is none; tried 1. PLUGHOST_BUILD: there is no ${build}/Release/plughost.node`;
    const hint = 'set PLUGHOST_BUILD to the absolute path of a build, or unset it';
    expect(seen(await host(['list'], { env }))).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: ${tried}\n      ${hint}\n`,
    });
    const { status, stdout, stderr } = seen(await host(['list', '--json'], { env }));
    expect([status, stdout, JSON.parse(stderr)]).toEqual([
      2,
      '',
      { type: 'error', data: { code: 'ERR_ADDON_MISSING', message: tried, hint } },
    ]);
  });

  it('says which folder cannot be read, and lists the others', async () => {
    const none = join(scratch, 'none');
    const { status, stdout, stderr } = seen(await host(['list', '--plugin-dir', none]));
    expect([status, stderr]).toEqual([2, `host: look for plugins ${none}: no such file or directory\n`]);
    expect(stdout).toContain('contains');
  });
});

it('the help shows the values of an option as they are written', async () => {
  const { stdout } = await run(['--export', 'csv', '--help']);
  expect(stdout).toContain('-p newline=lf|crlf');
  expect(stdout).toContain('-p header=BOOLEAN');
  expect((await run([log, '--export', 'csv', '-p', 'newline=crlf', '-m', '1'])).stdout).toBe(
    'offset,text\r\n0,one 1\r\n',
  );
});

describe('a file of options or patterns', () => {
  const mark = '\ufeff';
  const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
  const file = (bytes: string | Buffer) => {
    const path = join(fresh(), 'file');
    writeFileSync(path, bytes);
    return path;
  };

  it('may begin with a byte order mark', async () => {
    const two = { status: 0, stdout: 'two, 2\n', stderr: '' };
    const options = file(`${mark}{"text":"two"}`);
    expect(await run([log, '--filter', 'contains', '--params-file', options])).toEqual(two);
    const config = file(`${mark}{"stages":[{"filter":"contains","params":{"text":"two"}}]}`);
    expect(await run([log, '--config', config])).toEqual(two);
  });

  // AddressSanitizer prints a message about Hyperscan.
  it.skipIf(without.patterns || process.env.LD_PRELOAD)(`as one of patterns may${without.patterns}`, async () => {
    const patterns = file(`${mark}^two\n`);
    const args = [log, '--filter', 'patterns', '-p'];
    expect(await run([...args, `patternsFile=${patterns}`])).toEqual({ status: 0, stdout: 'two, 2\n', stderr: '' });
    const { status, stderr } = await run([...args, `patternsFile=${file(utf16('^two\n'))}`]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('it is UTF-16, not UTF-8')]);
  });

  it.each<[string, Buffer]>([
    ['it is UTF-16, not UTF-8', utf16('{"text":"two"}')],
    ['it has bytes that are not UTF-8', Buffer.from('{"text":"\xff"}', 'latin1')],
  ])('is refused when %s', async (reason, bytes) => {
    const path = file(bytes);
    for (const args of [
      ['--filter', 'contains', '--params-file', path],
      ['--config', path],
    ]) {
      const { status, stderr } = await run([log, ...args]);
      expect([status, stderr]).toEqual([2, expect.stringContaining(`${path}: ${reason}\n      save it as UTF-8\n`)]);
    }
  });
});
