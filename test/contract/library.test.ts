import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { bash, builtIn, exec, ROOT, seen } from '../e2e/command.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';
import { type Block, blocksOf, noClone, PAGES } from '../helpers/pages.js';

// docs/library.md as a reader uses it: every block in its order, in one folder. What a block prints stands in the next
// block, which has no language; a block without one prints nothing.

const PAGE = 'docs/library.md';
const missing = noClone ?? noCompiler;
const why = missing ? ` (skipped: ${missing})` : '';
const scratch = makeScratch();

/** A folder of a program that has plughost installed, with a log and two plugins. */
function programFolder(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/plughost'));
  for (const one of ['esbuild', '@types', 'undici-types'])
    symlinkSync(join(ROOT, 'node_modules', one), join(folder, 'node_modules', one));
  symlinkSync(join(ROOT, 'build'), join(folder, 'build'));
  const log = join(ROOT, 'samples/access.log');
  copyFileSync(log, join(folder, 'access.log'));
  writeFileSync(join(folder, 'access.log.gz'), gzipSync(readFileSync(log)));
  for (const copy of ['greet', 'reload']) copyFileSync(builtIn('greet'), join(folder, `lib${copy}.so`));
  const [filter] = blocksOf('docs/writing-plugins-c.md').filter(({ language }) => language === 'c');
  writeFileSync(join(folder, 'mine.c'), filter?.text ?? '');
  const flags = ['-shared', '-fPIC', `-I${join(ROOT, 'native/include')}`];
  expect(spawnSync('cc', [...flags, '-o', 'libmine.so', 'mine.c'], { cwd: folder }).status).toBe(0);
  return folder;
}

const isCode = ({ language }: Block) => language === 'ts' || language === 'js';
const nameOf = ({ head }: Block, i: number) => /^(?:\/\/|\/\*) (\w+\.\w+)/.exec(head)?.[1] ?? `block-${i}.mjs`;

async function outcomeOf(block: Block, i: number, folder: string) {
  if (block.language === 'sh') return seen(await bash(block.text, { cwd: folder }));
  const name = nameOf(block, i);
  const code = block.language === 'ts' ? await withoutTypes(block.text) : block.text;
  writeFileSync(join(folder, name), code);
  return isCode(block)
    ? seen(await exec(process.execPath, [name], { cwd: folder }))
    : { status: 0, stdout: '', stderr: '' };
}

async function withoutTypes(code: string): Promise<string> {
  const plain = await transform(code, { loader: 'ts', target: 'node20', format: 'esm' });
  return plain.code;
}

test.skipIf(missing)(
  `every block of ${PAGE} runs and prints what the page says${why}`,
  { timeout: 120_000 },
  async () => {
    const folder = programFolder('library');
    const blocks = blocksOf(PAGE);
    for (const [i, block] of blocks.entries()) {
      if (block.language === '') continue;
      const next = blocks[i + 1];
      const { status, stdout, stderr } = await outcomeOf(block, i, folder);
      expect({ block: block.text, status, stdout, stderr: /error|warning/i.test(stderr) ? stderr : '' }).toEqual({
        block: block.text,
        status: 0,
        stdout: next?.language === '' ? next.text : '',
        stderr: '',
      });
    }
    expect(blocks.filter(isCode).length).toBeGreaterThan(15);
  },
);

/** What a fragment of a page leaves out. */
const BEFORE: Record<string, string> = {
  'docs/isolation.md': "import { loadPlugin, run } from 'plughost';\n",
};

test.skipIf(missing)(`all TypeScript of the pages fits the types of the library${why}`, { timeout: 120_000 }, () => {
  const folder = programFolder('types');
  const blocks = PAGES.flatMap(blocksOf).filter(({ language }) => language === 'ts');
  for (const [i, { page, text }] of blocks.entries())
    writeFileSync(join(folder, `${page.replaceAll('/', '-')}-${i}.mts`), (BEFORE[page] ?? '') + text);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'nodenext',
    target: 'esnext',
    lib: ['esnext'],
    types: ['node'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
});
