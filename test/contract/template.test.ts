import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { KINDS } from '../../src/contract/kinds.js';
import { LIBRARY_SUFFIX, loadPlugin, run } from '../../src/index.js';
import { LINE_KINDS } from '../../src/scaffold/new-forms.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const template = join(root, 'native/include/plughost/template');
const scratch = makeScratch();
const library = join(scratch, 'build', `libtemplate${LIBRARY_SUFFIX}`);
const log = join(scratch, 'log');
const LINES = ['an error, and an error', 'all is well', '', 'erro', 'error', 'the last error'];

beforeAll(() => {
  if (noCompiler) return;
  writeFileSync(log, LINES.join('\n'));
  cpSync(template, join(scratch, 'mine'), { recursive: true });
  const configure = ['-S', join(scratch, 'mine'), '-B', join(scratch, 'build'), `-Dplughost_DIR=${root}/cmake`];
  const output = execFileSync('cmake', [...configure, '-DCMAKE_COMPILE_WARNING_AS_ERROR=ON'], { encoding: 'utf8' });
  expect(output).toContain('Build files');
  execFileSync('cmake', ['--build', join(scratch, 'build')], { stdio: 'pipe' });
});

describe.skipIf(noCompiler)(`a copy of the template${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  const config = { text: 'error', by: '<e>' };
  const output = () => join(scratch, 'output');
  const written = () => readFileSync(output(), 'utf8');
  const kept = `${LINES.filter((line) => line.includes('error')).join('\n')}\n`;

  test('offers every kind of lines, and every function of it but transform_batch and those for rows', () => {
    using plugin = loadPlugin(library, { config });
    expect(plugin.capabilities).toEqual(LINE_KINDS);
    expect([plugin.name, plugin.run()]).toEqual(['Template', 'Looks for error']);
    expect([plugin.filter?.shapes, plugin.transform?.shapes]).toEqual([['scan', 'batch', 'line'], ['line']]);
    const source = readFileSync(join(template, 'plugin.c'), 'utf8');
    const functions = LINE_KINDS.flatMap((kind) => [...KINDS[kind].functions]);
    expect(functions.filter((name) => !source.includes(`.${name} = `))).toEqual([
      'transform_batch',
      'begin_rows',
      'write_rows',
    ]);
  });

  test.each([
    ['in this process', false],
    ['isolated', true],
  ])('does %s what each kind is for', async (_, isolate) => {
    using plugin = loadPlugin(library, { config, isolate });
    for (const shape of ['scan', 'batch', 'line'] as const) {
      await run([log], { stages: [{ filter: plugin, shape }], output: output() });
      expect(written()).toBe(kept);
    }
    await run([log], { stages: [{ filter: plugin }, { transform: plugin }], output: output() });
    expect(written()).toBe(kept.replaceAll('error', '<e>'));
    await run([log], { stages: [{ filter: plugin }], exporter: plugin, output: output() });
    expect(written()).toBe(`offset\tline\n0\t${LINES[0]}\n41\t${LINES[4]}\n47\t${LINES[5]}\nend\n`);
    await run([log], { stages: [{ filter: plugin }], output: output(), print: { form: 'json' } });
    expect(written().match(/"submatches":\[.+?\]/)?.[0]).toContain('"start":3,"end":8');
  });

  test('refuses options that cannot be used', () => {
    expect(() => loadPlugin(library, { config: { text: 'a\nb' } })).toThrow('an option has a newline in it');
    expect(() => loadPlugin(library)).toThrow('text');
  });

  test('is no header of an installation, and comes with the package', () => {
    const prefix = join(scratch, 'installed');
    execFileSync('cmake', ['--install', buildFolder, '--prefix', prefix], { stdio: 'pipe' });
    const installed = readdirSync(join(prefix, 'include/plughost'));
    expect(installed.sort()).toEqual(
      readdirSync(join(root, 'native/include/plughost'))
        .filter((file) => file.endsWith('.h') || ['grpc', 'wasm'].includes(file))
        .sort(),
    );
    const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const files = JSON.parse(packed.stdout)[0].files.map(({ path }: { path: string }) => path);
    for (const file of ['template/plugin.c', 'template/CMakeLists.txt', 'kinds.def'])
      expect(files).toContain(`native/include/plughost/${file}`);
  });
});
