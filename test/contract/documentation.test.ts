import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { bash, DUCKDB, exec, HOST, plainEnvironment, ROOT, seen, without } from '../e2e/command.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';
import { type Block, blocksOf, noClone, PAGES, proseOf, textOf } from '../helpers/pages.js';
import { withoutWasm } from '../helpers/wasm.js';
import { EXCUSED } from './excused-blocks.js';

// Every block of code in the documentation runs here, or EXCUSED names what else runs it.

const why = noClone ?? noCompiler;
const BLOCKS = PAGES.flatMap(blocksOf);
const blockOf = (page: string, part: string) => BLOCKS.find((one) => one.page === page && one.text.includes(part));

const isShell = ({ language, head }: Block) => language === 'sh' || (language === '' && /^(\$|plughost) /.test(head));
/** Pages whose other blocks have a test below. */
const BELOW: Record<string, string[]> = {
  'README.md': ['c', 'ts', ''],
  'CONTRIBUTING.md': ['sh'],
  'docs/errors.md': ['js'],
  // Its commands use it.
  'docs/forms/rules.md': ['json'],
  'docs/forms/scripts.md': ['js', 'ts'],
  'docs/forms/wasm.md': ['c'],
  'docs/isolation.md': ['ts'],
  'docs/rows.md': ['ts'],
  'docs/writing-plugins-c.md': ['c', 'cmake'],
  'docs/writing-plugins-rust.md': ['toml', 'rust', 'sh'],
  // By test/contract/library.test.ts.
  'docs/library.md': ['ts', 'js', 'c', 'sh', ''],
  // By test/scripts/release.test.ts.
  'docs/releasing.md': ['sh'],
  // By test/remote/, test/forms/conformance.test.ts and test/forms/program-start.test.ts.
  'docs/forms/other-processes.md': ['ts', 'go', 'py', 'sh', ''],
  // By test/forms/http.test.ts.
  'docs/forms/http.md': ['js', 'py', 'sh'],
  // By the tests of the package.
  'python/plughost_spark/README.md': ['py'],
  // By the tests of the crate.
  'plugins-rust/plughost/README.md': ['rust'],
};
const isExcused = ({ page, head }: Block) => EXCUSED.some(([of, begins]) => of === page && head.startsWith(begins));

/** The log that a page of a plugin speaks of. */
const APP_LOGS: Record<string, string> = {
  'plugins-rust/regex/README.md': '2026-01-31T09:30:00Z INFO done in 12 ms\n',
  'plugins-c/contains/README.md': 'connection reset by peer\nan ERROR\n',
  'plugins-c/patterns/README.md': 'timeout while connecting to db-17\nall is well\nconnection refused by 10.1.2.3\n',
  'plugins-c/redact/README.md': 'user bob@example.org logged in from 10.1.2.3\n',
};
const NEEDS: Record<string, string> = {
  'README.md': without.regex || without.where || without.json,
  'plugins-c/patterns/README.md': without.patterns,
  'plugins-c/duckdb/README.md': without.duckdb,
  'docs/rows.md': without.where,
  'docs/forms/rules.md': without.rules,
  'docs/forms/scripts.md': without.script,
  'docs/forms/wasm.md': withoutWasm,
};

const scratch = makeScratch();
const GUIDE = 'docs/writing-plugins-c.md';
const FLAGS = ['-shared', '-fPIC', '-O2', '-fvisibility=hidden', '-Wl,-Bsymbolic-functions'];

/** Moves a log in time, so that what was its last line before this time is five minutes old. Later lines are left out. */
function ofNow(log: string, end: number): string {
  const lines = log
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, before = '', day, month, year, clock, after = ''] =
        /^(.*?\[)(..).(...).(....):(\S+)(.*)$/.exec(line) ?? [];
      const at = Date.parse(`${day} ${month} ${year} ${clock} +0000`);
      return at < end ? [{ before, at, after }] : [];
    });
  const later = Date.now() - 5 * 60_000 - (lines.at(-1)?.at ?? 0);
  const moved = lines.map(({ before, at, after }) => {
    const [, day, month, year, clock] = new Date(at + later).toUTCString().split(' ');
    return `${before}${day}/${month}/${year}:${clock}${after}\n`;
  });
  return moved.join('');
}

/** A folder in which a reader of the page stands: that of a clone, which has plughost installed too, a log and a plugin. */
function folderOf(page: string): string {
  const folder = join(scratch, page.replaceAll('/', '-'));
  mkdirSync(folder);
  for (const name of ['bin', 'build', 'native', 'plugins-c', 'samples'])
    symlinkSync(join(ROOT, name), join(folder, name));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/plughost'));
  const sample = readFileSync(join(ROOT, 'samples/access.log'), 'latin1');
  writeFileSync(
    join(folder, 'access.log'),
    page === 'README.md' ? ofNow(sample, Date.parse('2015-05-18T03:00:00Z')) : sample,
    'latin1',
  );
  writeFileSync(join(folder, 'app.log'), APP_LOGS[page] ?? 'a line\n');
  writeFileSync(join(folder, 'bad-addresses.txt'), '10.1.2.3\n');
  writeFileSync(join(folder, 'robots.rules.json'), blockOf('docs/forms/rules.md', '{')?.text ?? '');
  writeFileSync(join(folder, 'failed.rules.json'), blockOf('docs/forms/rules.md', 'org.example.failed')?.text ?? '');
  writeFileSync(join(folder, 'slow.js'), blockOf('docs/forms/scripts.md', '/*')?.text ?? '');
  writeFileSync(join(folder, 'slowest.js'), blockOf('docs/forms/scripts.md', 'org.example.slowest')?.text ?? '');
  writeFileSync(join(folder, 'largest.ts'), blockOf('docs/forms/scripts.md', 'org.example.largest')?.text ?? '');
  writeFileSync(join(folder, 'large.c'), blockOf('docs/forms/wasm.md', '#include')?.text ?? '');
  const programs = BLOCKS.filter((one) => one.page === GUIDE && one.text.includes('#include'));
  for (const [i, name] of ['longer', 'shorten'].entries())
    writeFileSync(join(folder, `${name}.c`), programs[i]?.text ?? '');
  const built = spawnSync('cc', [...FLAGS, '-Inative/include', '-o', 'libmine.so', 'longer.c'], { cwd: folder });
  expect(built.stderr.toString()).toBe('');
  copyFileSync(join(ROOT, `build/plugins/libgreet.so`), join(folder, 'libgreet.so'));
  return folder;
}

/** The commands of a block, and what it says that each prints, if it says so. */
function commandsOf({ text }: Block): { command: string; printed: string | undefined }[] {
  if (!text.startsWith('$ '))
    return text
      .trimEnd()
      .split('\n')
      .map((command) => ({ command, printed: undefined }));
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { command: part.slice(0, end), printed: part.slice(end + 1) };
    });
}

const run = async (command: string, folder: string) =>
  seen(await bash(`set -o pipefail; plughost() { "$HOST" "$@"; }; ${command}`, { cwd: folder, env: { DUCKDB } }));

describe.skipIf(why)(`the documentation${why ? ` (skipped: ${why})` : ''}`, () => {
  test('has no block that nothing runs, and excuses none that is not there', () => {
    const unknown = BLOCKS.filter(
      (block) => !isShell(block) && !isExcused(block) && !BELOW[block.page]?.includes(block.language),
    );
    expect(unknown).toEqual([]);
    expect(EXCUSED.filter(([page, head]) => !blockOf(page, head))).toEqual([]);
  });

  test('calls the command by its first name', () => {
    // The bench names its rows; see docs/decisions.md.
    const pages = PAGES.filter((page) => page !== 'docs/performance.md');
    const short = new RegExp(`(?<![\\w./-])host (--|(${Object.keys(COMMANDS).join('|')})\\b).*`, 'g');
    const uses = pages.flatMap((page) => (textOf(page).match(short) ?? []).map((use) => `${page}: ${use}`));
    expect(uses).toEqual([]);
  });

  const shells = BLOCKS.filter((block) => isShell(block) && !isExcused(block) && !BELOW[block.page]?.includes('sh'));
  for (const page of new Set(shells.map((block) => block.page))) {
    const missing = NEEDS[page] ?? '';
    test.skipIf(missing)(`has commands in ${page} that do what it says${missing}`, { timeout: 120_000 }, async () => {
      const folder = folderOf(page);
      const all = blocksOf(page);
      for (const [i, block] of all.entries()) {
        if (!isShell(block) || isExcused(block)) continue;
        let last = '';
        for (const { command, printed } of commandsOf(block)) {
          const { status, stdout, stderr } = await run(command, folder);
          expect({ command, status, stderr: /^host: /m.test(stderr) ? stderr : '' }).toEqual({
            command,
            status: 0,
            stderr: '',
          });
          if (printed !== undefined) expect(stdout, command).toBe(printed);
          else if (/^(plughost|\.\/bin\/host\.js) /.test(command) && !command.includes(' -o '))
            expect(stdout, command).not.toBe('');
          const file = / -o (\S+)/.exec(command)?.[1];
          if (file) expect(readFileSync(join(folder, file)).length, command).toBeGreaterThan(0);
          last = stdout;
        }
        const next = all[i + 1];
        if (next?.language === '' && !isShell(next) && !isExcused(next)) expect(last).toBe(next.text);
      }
    });
  }

  test('shows the smallest plugin as it is', () => {
    const [plain, real] = [
      blockOf('README.md', '#include')?.text ?? '',
      readFileSync(join(ROOT, 'plugins-c/greet/greet.c'), 'utf8'),
    ].map((text) => text.replace(/\/\*.*?\*\//gs, '').replace(/\s+/g, ''));
    expect(plain?.replaceAll(':', '')).toBe(real?.replaceAll(':', ''));
  });

  const noDebugger =
    spawnSync('gdb', ['-batch', '-ex', 'run', '--args', 'true']).status === 0 ? '' : ' (skipped: gdb cannot run here)';
  test.skipIf(noDebugger)(
    `has commands in CONTRIBUTING.md that stop in the engine under gdb${noDebugger}`,
    { timeout: 240_000 },
    async () => {
      const blocks = BLOCKS.filter(({ page, head }) => page === 'CONTRIBUTING.md' && head.startsWith('gdb'));
      expect(blocks.length).toBe(2);
      for (const { text } of blocks) expect(seen(await bash(text)).stdout).toMatch(/hit Breakpoint 1, .*Run::Run/);
    },
  );

  test('has lines for CMake that build a plugin', () => {
    const folder = folderOf('cmake');
    const lines = blockOf(GUIDE, 'find_package')?.text;
    writeFileSync(
      join(folder, 'CMakeLists.txt'),
      `cmake_minimum_required(VERSION 3.22)\nproject(longer LANGUAGES C)\n${lines}`,
    );
    const made = spawnSync('cmake', ['-S', '.', '-B', 'made'], { cwd: folder });
    expect(made.stderr.toString()).toBe('');
    expect(spawnSync('cmake', ['--build', 'made'], { cwd: folder }).status).toBe(0);
    expect(existsSync(join(folder, 'made/liblonger.so'))).toBe(true);
  });

  /** Runs JavaScript, or TypeScript after its types were removed, as a module of a program that has plughost installed. */
  async function module(name: string, code: string) {
    const folder = folderOf(name);
    const plain = await transform(code, { loader: 'ts', target: 'node20', format: 'esm' });
    writeFileSync(join(folder, 'main.mjs'), plain.code);
    writeFileSync(join(folder, 'access.log.gz'), gzipSync(readFileSync(join(folder, 'access.log'))));
    return { folder, ...seen(await exec(process.execPath, ['main.mjs'], { cwd: folder })) };
  }

  test.skipIf(without.regex)(`has TypeScript in README.md that runs${without.regex}`, async () => {
    const made = await module('ts-readme', blockOf('README.md', 'import { lines')?.text ?? '');
    const bytes = readFileSync(join(made.folder, 'access.log'));
    const kept = bytes
      .toString('latin1')
      .split('\n')
      .filter((line) => /" 4\d\d /.test(line));
    expect(made.stderr).toBe(`${kept.length} lines kept of ${bytes.length} bytes\n`);
    expect(made.stdout).toBe(`${kept.join('\n')}\n`);
    expect(readFileSync(join(made.folder, 'errors.log'), 'latin1')).toBe(`${kept.join('\n')}\n`);
    expect(made.status).toBe(0);
  });

  test('has a picture of a terminal that shows what the commands print', () => {
    const drawn = spawnSync(process.execPath, [join(ROOT, 'scripts/draw-terminal.mjs'), '--print'], {
      encoding: 'utf8',
      env: plainEnvironment(),
    });
    expect(drawn.stderr).toBe('');
    expect(readFileSync(join(ROOT, 'docs/pictures/terminal.svg'), 'utf8')).toBe(drawn.stdout);
  });

  test('has no paragraph in README.md of more than six lines', () => {
    const paragraphs = proseOf('README.md').split(/\n\n|\n(?=- )/);
    expect(paragraphs.filter((text) => !text.startsWith('|') && text.length > 6 * 100)).toEqual([]);
  });

  test('has TypeScript in docs/isolation.md that runs', async () => {
    const block = blockOf('docs/isolation.md', 'const plugin')?.text;
    const code = `import { loadPlugin, run } from 'plughost';\n${block}\nconsole.log(kept, faults.length);\nplugin.close();`;
    const { status, stdout, stderr } = await module('ts-isolation', code);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '2000 0\n', stderr: '' });
  });

  test('has TypeScript in docs/rows.md that runs', async () => {
    const { folder, status, stdout, stderr } = await module('ts-rows', blockOf('docs/rows.md', 'import')?.text ?? '');
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '5 rows\n', stderr: '' });
    expect(readFileSync(join(folder, 'answers.csv'), 'utf8')).toMatch(/^status,count\n200,1845\n/);
  });

  test('has JavaScript in docs/errors.md that runs', async () => {
    const block = blockOf('docs/errors.md', 'import')?.text ?? '';
    const { status, stdout, stderr } = await module('js-errors', block);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'Hello from plugin\n', stderr: '' });
    expect((await module('js-errors-none', block.replace('libgreet', 'libnone'))).stderr).toBe('no such file\n');
  });

  test.skipIf(without.regex)(
    `has crates in docs/writing-plugins-rust.md that build and do what it says${without.regex}`,
    {
      timeout: 300_000,
    },
    async () => {
      const blocks = blocksOf('docs/writing-plugins-rust.md');
      const [manifest, dependencies] = blocks.filter((one) => one.language === 'toml').map((one) => one.text);
      const [longer = '', shorten = ''] = blocks.filter((one) => one.language === 'rust').map((one) => one.text);
      const commands = blocks.filter(isShell).flatMap((block) => commandsOf(block).map(({ command }) => command));
      const crate = (name: string, code: string) => {
        const folder = folderOf(`crate ${name}`);
        mkdirSync(join(folder, 'src'));
        const whole = (manifest ?? '')
          .replace(/\[dependencies\].*/s, dependencies ?? '')
          .replace('"greet"', `"${name}"`);
        writeFileSync(join(folder, 'Cargo.toml'), whole.replace('…', ROOT).replace('//', '/'));
        writeFileSync(join(folder, 'src/lib.rs'), code);
        return prepared(folder);
      };
      /** Lets a crate be compiled once, in the versions of the project itself. */
      const prepared = (folder: string) => {
        copyFileSync(join(ROOT, 'plugins-rust/Cargo.lock'), join(folder, 'Cargo.lock'));
        mkdirSync(join(ROOT, 'build/documentation'), { recursive: true });
        symlinkSync(join(ROOT, 'build/documentation'), join(folder, 'target'));
        return folder;
      };
      const env = 'unset CARGO_TARGET_DIR; export CARGO_NET_OFFLINE=true PATH="$PATH:$HOME/.cargo/bin"; ';

      const [make = '', compile = '', use = '', ...byHand] = commands;
      const begun = folderOf('crate new');
      expect((await run(make, begun)).stderr).toBe('');
      prepared(join(begun, 'slow'));
      expect((await run(`${env}${compile}`, begun)).stderr).not.toMatch(/^(error|warning)/m);
      expect(await run(use, begun)).toEqual({ status: 0, stdout: 'an ERROR\n', stderr: '' });

      const greet = crate('greet', readFileSync(join(ROOT, 'plugins-rust/greet-rust/src/lib.rs'), 'utf8'));
      const [build = '', load = '', filter = '', ...rest] = byHand;
      expect(rest).toEqual([]);
      const built = await run(`${env}${build}`, greet);
      expect(built.status, built.stderr).toBe(0);
      expect(await run(load, greet)).toEqual({ status: 0, stdout: 'Greeting\nHello from Rust\n', stderr: '' });

      const filtering = crate('longer', longer);
      expect((await run(`${env}${build}`, filtering)).stderr).not.toMatch(/^(error|warning)/m);
      const kept = await run(filter, filtering);
      const lines = readFileSync(join(filtering, 'access.log'), 'latin1').split('\n');
      expect(kept).toEqual({
        status: 0,
        stdout: lines
          .filter((line) => line.length > 200)
          .map((line) => `${line}\n`)
          .join(''),
        stderr: '',
      });

      // The page shows what differs from the filter.
      const head = longer
        .slice(0, longer.indexOf('impl Filter'))
        .replaceAll('Longer', 'Shorten')
        .replaceAll('than', 'to');
      const rules = longer.slice(longer.lastIndexOf('"id"'), longer.lastIndexOf('"extensions"'));
      const whole = (head + shorten)
        .replace('Filter, Host', 'Host, Output, Transform')
        .replace('{ … ', `{ ${rules}`)
        .replace('] …', '], "config": { "type": "object", "properties": { "to": { "type": "integer" } } }');
      const cutting = crate('shorten', whole);
      const cut = await run(`${env}${build}`, cutting);
      expect(cut.status, cut.stderr).toBe(0);
      const made = await run('plughost run access.log --transform ./target/release/libshorten.so -p to=10', cutting);
      expect(made.stdout).toBe(
        lines
          .filter(Boolean)
          .map((line) => `${line.slice(0, 10)}\n`)
          .join(''),
      );
    },
  );
});

test('that it runs on Linux only is said by README.md, by the package, and where somebody tries it elsewhere', async () => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain('**Linux only**');
  expect(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).os).toEqual(['linux']);
  const elsewhere = join(scratch, 'elsewhere.cjs');
  writeFileSync(elsewhere, "Object.defineProperty(process, 'platform', { value: 'freebsd' });");
  const setup = await exec(process.execPath, ['-r', elsewhere, join(ROOT, 'scripts/setup.mjs')]);
  expect(seen(setup)).toEqual({ status: 1, stdout: '', stderr: 'plughost runs on Linux only; this is freebsd\n' });
  const env = { PLUGHOST_BUILD: join(scratch, 'nothing') };
  const { status, stderr } = await exec(process.execPath, ['-r', elsewhere, HOST, 'load', './x.so'], { env });
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^host: .*\n +plughost runs on Linux only\n$/)]);
});
