import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtIn, host, seen } from '../e2e/command.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

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

  it.skipIf(noCompiler)(`names the plugin that crashes while it is asked (${noCompiler ?? 'C'})`, async () => {
    const crashes = compile(
      makeScratch(),
      'crashes',
      pluginSource({
        manifest: '{"id":"org.example.crashes","name":"crashes","version":"1.0.0","extensions":["plug.row_filter/1"]}',
        head: `
static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *field) { abort(); }
static int32_t keep(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows, uint64_t *keep,
                    plug_error *error) { abort(); }
static const plug_row_filter calls = {.size = sizeof calls, .column = column, .keep = keep};
`,
        extension: 'return plug_same_id(id, PLUG_ROW_FILTER) ? &calls : NULL;',
      }),
    );
    const { status, stderr } = await inspect('--columns', crashes);
    expect([status, stderr]).toEqual([
      null,
      expect.stringMatching(/^host: plugin crashes: column: it crashed with SIGABRT/),
    ]);
  });

  it.skipIf(!existsSync(builtIn('where')))('says why a plugin cannot be asked for its columns', async () => {
    const { status, stdout, stderr } = await inspect('--columns', 'where');
    expect([status, stdout.includes('row_filter')]).toEqual([2, true]);
    expect(stderr).toContain('expr');
  });
});
