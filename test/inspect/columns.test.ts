import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtIn, host, seen } from '../e2e/command.js';

const inspect = async (...args: string[]) => seen(await host(['inspect', ...args]));

describe('host inspect --columns', () => {
  it('shows the columns of plugins about rows, which it runs for that', async () => {
    const columnsOf = async (...args: string[]) => {
      const { status, stdout } = await inspect('--columns', ...args);
      const [, lines = ''] = /^columns\n((?: {2}.*\n)+)/m.exec(stdout) ?? [];
      return [status, lines.split('\n').map((line) => line.trim().split(/ {2,}/))];
    };
    expect(await columnsOf('delimited', '-p', 'columns=name,size')).toEqual([
      0,
      [['gives', 'name', 'text'], ['gives', 'size', 'text'], ['']],
    ]);
    expect(await inspect('count', '-p', 'of=x')).toMatchObject({ status: 2, stdout: '' });
    expect(await columnsOf('count')).toEqual([0, [['answers', 'count', 'integer'], ['']]]);
    const [status, [host, , , time] = []] = (await columnsOf('access')) as [number, string[][]];
    expect([status, host, time]).toEqual([0, ['gives', 'host', 'text'], ['gives', 'time', 'time']]);
    expect((await inspect('access')).stdout).not.toContain('columns');
    expect(await columnsOf('contains')).toEqual([0, [['']]]);
    const json = JSON.parse((await inspect('--columns', '--json', 'count')).stdout);
    expect(json.columns).toEqual([{ of: 'answers', name: 'count', type: 'integer' }]);
  });

  it.skipIf(!existsSync(builtIn('where')))('says why a plugin cannot be asked for its columns', async () => {
    const { status, stdout, stderr } = await inspect('--columns', 'where');
    expect([status, stdout.includes('row_filter')]).toEqual([2, true]);
    expect(stderr).toContain('expr');
  });
});
