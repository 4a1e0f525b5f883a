import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPlugin, run } from '../../../src/index.js';
import { makeScratch } from '../../helpers/compile.js';
import { bash, builtIn, seen, without } from '../command.js';

const folder = makeScratch();
const path = (...bytes: string[]) => Buffer.from([folder, ...bytes].join('/'), 'latin1');
mkdirSync(path('d\xfe'));
writeFileSync(path('k\xff.log'), Buffer.from('one k\xff\ntwo\n', 'latin1'));
writeFileSync(path('d\xfe', 'x\xff'), Buffer.from('three k\xff\n', 'latin1'));
writeFileSync(path('k\xef\xbf\xbd.log'), 'another\n');
symlinkSync(Buffer.from('d\xfe/x\xff', 'latin1'), path('l\xfd'));
// Vitest removes only files whose names are text.
afterAll(() => void execFileSync('rm', ['-rf', folder]));

const there = (script: string) => bash(script, { cwd: folder });
const bytes = (text: string) => Buffer.from(text, 'latin1');
const ALL = 'd\xfe/x\xff:three k\xff\n';
const LOG = 'k\xff.log:one k\xff\nk\xff.log:two\n';

describe('a file whose name is not UTF-8', () => {
  it.each([
    ['a name', `$HOST run -H $'k\\xff.log'`, LOG],
    ['a folder', `$HOST run -H $'d\\xfe'`, ALL],
    [
      'a folder above it',
      `$HOST run -H . | LC_ALL=C sort`,
      `./d\xfe/x\xff:three k\xff\n./k\xef\xbf\xbd.log:another\n./k\xff.log:one k\xff\n./k\xff.log:two\n./l\xfd:three k\xff\n`,
    ],
    ['a glob', `$HOST run -H '*/*'`, ALL],
    ['a glob with such bytes', `$HOST run -H $'[k\\xfe]\\xff.*' $'d\\xfe/?\\xff'`, LOG + ALL],
    ['a link', `$HOST run -H $'l\\xfd'`, 'l\xfd:three k\xff\n'],
    ['-l', `$HOST run -l $'k\\xff.log' $'d\\xfe'`, 'k\xff.log\nd\xfe/x\xff\n'],
    ['-L', `$HOST run -L $'k\\xff.log' --filter contains -p text=three || [[ $? == 1 ]]`, 'k\xff.log\n'],
    ['-c', `$HOST run -c $'k\\xff.log' $'d\\xfe'`, 'k\xff.log:2\nd\xfe/x\xff:1\n'],
  ])('is read and printed as bytes: by %s', async (_, script, expected) => {
    const { status, stdout, stderr } = await there(script);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: bytes(expected), stderr: '' });
  });

  it('is one of a configuration, where each such byte is written as \\udc80 to \\udcff', async () => {
    writeFileSync(join(folder, 'config.json'), '{"inputs": ["k\\udcff.log"]}');
    const { stdout, stderr } = await there('$HOST run -H --config config.json');
    expect([stdout, stderr]).toEqual([bytes(LOG), '']);
  });

  it.skipIf(without.ripgrep)(`stands in JSON as ripgrep has it${without.ripgrep}`, async () => {
    const path = async (script: string) =>
      JSON.parse((await there(script)).stdout.toString().split('\n')[0] ?? '').data.path;
    const ours = await path(`$HOST run --json $'k\\xff.log'`);
    expect(ours).toEqual({ bytes: 'a/8ubG9n' });
    expect(ours).toEqual(await path(`rg --json one $'k\\xff.log'`));
  });

  it('that is not there is an error that shows its bytes', async () => {
    expect(seen(await there(`$HOST run $'q\\xff' $'q\\xff*'`))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^host: find q\\xff\*: .*\n.*\nhost: open q\\xff: no such file or directory\n$/),
    });
  });

  it('is written with -o, anew, in the place of another, and through a link', async () => {
    for (const text of ['one', 'two'])
      await there(`$HOST run $'k\\xff.log' --filter contains -p text=${text} -o $'out\\xff'`);
    expect(readFileSync(path('out\xff'))).toEqual(bytes('two\n'));
    symlinkSync(bytes('out\xff'), path('to\xff'));
    await there(`$HOST run $'k\\xff.log' -m 1 -o $'to\\xff'; cd $'d\\xfe'; $HOST run $'x\\xff' -o out`);
    expect(readFileSync(path('out\xff'))).toEqual(bytes('one k\xff\n'));
    expect(readFileSync(path('d\xfe', 'out'))).toEqual(bytes('three k\xff\n'));
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    await there(`rm $'out\\xff' $'to\\xff' $'d\\xfe/out'`);
  });

  it('is there for a run whose reader has left, as a pipe for -o, and for a benchmark', async () => {
    const left = await there(
      `yes | head -c 9000000 >large; $HOST run large $'k\\xff.log' | true; echo "\${PIPESTATUS[0]}"; rm large`,
    );
    expect(seen(left)).toEqual({ status: 0, stdout: '0\n', stderr: '' });
    const piped = await there(
      `mkfifo $'p\\xff'; cat $'p\\xff' & $HOST run $'k\\xff.log' -o $'p\\xff'; wait; rm $'p\\xff'`,
    );
    expect([piped.stdout, piped.stderr]).toEqual([bytes('one k\xff\ntwo\n'), '']);
    expect(await there(`$HOST bench noop $'k\\xff.log' --runs 1`)).toMatchObject({ status: 0, stderr: '' });
    expect(seen(await there(`$HOST list --plugin-dir $'d\\xfe' | grep -c cannot || true`)).stderr).toBe('');
  });

  it('is an input of the library, by its bytes and by a URL', async () => {
    const url = new URL(`file://${folder}/k%FF.log`);
    for (const input of [path('k\xff.log'), new Uint8Array(path('k\xff.log')), url]) {
      const result = await run([input], {});
      expect(result.failures).toEqual([]);
      expect(result.kept).toBe(2);
      // The name in a result leads to the same file.
      expect((await run([result.inputs[0]?.name ?? ''], {})).kept).toBe(2);
    }
    await run([url], { output: path('out\xfe') });
    expect(readFileSync(path('out\xfe'))).toEqual(bytes('one k\xff\ntwo\n'));
  });

  it('cannot be a library, which is an error', async () => {
    await there(`cp ${builtIn('contains')} $'d\\xfe/libcontains.so'`);
    const error = (name: string) =>
      `host: plugin.Open("${name}"): realpath failed: its real path has bytes that are not UTF-8: ${folder}/d\\xfe/libcontains.so\n      rename what is not UTF-8 on its way, or copy it elsewhere\n`;
    const outcome = async (script: string) => seen(await there(script));
    const refused = (name: string) => ({ status: 2, stdout: '', stderr: error(name) });
    expect(await outcome(`$HOST load $'./d\\xfe/libcontains.so'`)).toEqual(refused('./d\\xfe/libcontains.so'));
    expect(await outcome(`$HOST load $'./d\\xfe'`)).toEqual(refused('d\\xfe/libcontains.so'));
    expect(await outcome(`cd $'d\\xfe'; $HOST load ./libcontains.so`)).toEqual(refused('./libcontains.so'));
    expect(await outcome(`$HOST run --plugin-dir $'d\\xfe' --filter contains -p text=a`)).toEqual(
      refused('d\\xfe/libcontains.so'),
    );
  });
});

describe('bytes that are not UTF-8 in an option of a plugin', () => {
  it.each(['', '--isolate'])('are what contains looks for %s', async (flag) => {
    const { stdout } = await there(`$HOST run $'k\\xff.log' --filter contains -p $'text=k\\xff' ${flag}`);
    expect(stdout).toEqual(bytes('one k\xff\n'));
    const none = await there(`printf 'k\\xef\\xbf\\xbd' | $HOST run --filter contains -p $'text=k\\xff' ${flag} -c`);
    expect(seen(none)).toEqual({ status: 1, stdout: '0\n', stderr: '' });
  });

  it('may come from a file, and from the library as a buffer', async () => {
    writeFileSync(join(folder, 'params.json'), '{"text": "k\\udcff"}');
    const { stdout } = await there(`$HOST run -c $'k\\xff.log' --filter contains --params-file params.json`);
    expect(stdout.toString()).toBe('1\n');
    using filter = loadPlugin(builtIn('contains'), { config: { text: Buffer.from('6bff', 'hex') } });
    expect((await run([path('k\xff.log')], { stages: [{ filter }] })).kept).toBe(1);
  });

  it.skipIf(without.regex)(`are refused where a plugin takes text${without.regex}`, async () => {
    expect(seen(await there(`$HOST run $'k\\xff.log' --filter regex -p $'pattern=k\\xff'`))).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'host: configure regex: the option "pattern": it has bytes in it that are not UTF-8, which this plugin does not take: "k\\xff"\n      write them as the plugin does, as the filter regex knows (?-u:\\xff) and patterns \\xff\n',
    });
    const { stdout } = await there(`$HOST run $'k\\xff.log' --filter regex -p 'pattern=k(?-u:\\xff)'`);
    expect(stdout).toEqual(bytes('one k\xff\n'));
  });
});
