import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loaderHint } from '../../src/loader/library/loader-hint.js';
import { builtIn, host, seen } from '../e2e/command.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

const skipped =
  noCompiler ?? (process.env.LD_PRELOAD === undefined ? undefined : 'a sanitizer is in the process already');
const folder = makeScratch();
const ways = [[], ['--isolate']];

/** Returns the error for a library that cannot be loaded. */
async function refusal(args: string[], cwd = folder) {
  const { status, stdout, stderr } = seen(await host(['load', ...args], { cwd }));
  return { status, stdout, stderr: stderr.replaceAll(folder, 'FOLDER') };
}

/** Returns whether the compiler has a sanitizer. */
const has = (sanitizer: string) =>
  skipped === undefined &&
  spawnSync('cc', ['-shared', '-fPIC', `-fsanitize=${sanitizer}`, '-xc', '/dev/null', '-o', '/dev/null']).status === 0;

describe.skipIf(skipped)(`a library that the system refuses${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  const build = (name: string, parts: Parameters<typeof pluginSource>[0] = {}, flags: string[] = []) =>
    compile(folder, name, pluginSource(parts), flags);

  test.skipIf(!has('address')).each(ways)(
    'is not opened when it is built with AddressSanitizer, which would end the process: %s',
    async (...way) => {
      build('watched', {}, ['-fsanitize=address']);
      expect(await refusal([...way, './libwatched.so'])).toEqual({
        status: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /^host: open plugin FOLDER\/libwatched\.so: it needs libasan\.so\.\d+, a sanitizer that has to be in the process from its beginning, and is not\n {6}build it without -fsanitize, or start the host with it: LD_PRELOAD=\$\(cc -print-file-name=libasan\.so\)\n$/,
        ),
      });
    },
  );

  test.skipIf(!has('address'))(
    'is opened when the sanitizer is there from the beginning, as its hint says',
    async () => {
      build('watched', {}, ['-fsanitize=address']);
      const runtime = execFileSync('cc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
      const env = { LD_PRELOAD: runtime, ASAN_OPTIONS: 'detect_leaks=0' };
      expect((await host(['load', './libwatched.so'], { cwd: folder, env })).stdout.toString()).toBe('Test\ndone\n');
    },
  );

  test.skipIf(!has('address'))('is not opened when a library that it brings along is built so', async () => {
    compile(folder, 'inner', 'int inner(void) { return 1; }', ['-fsanitize=address', '-Wl,-soname,libinner.so']);
    build('outer', { head: 'int inner(void);', run: 'inner(); return 0;' }, [
      '-Wl,--no-as-needed',
      join(folder, 'libinner.so'),
      '-Wl,-rpath,$ORIGIN',
    ]);
    expect((await refusal(['./libouter.so'])).stderr).toContain(
      'open plugin FOLDER/libouter.so: it needs FOLDER/libinner.so, which needs libasan.so',
    );
  });

  test.each(ways)('says what to do about thread-local data that have no place: %s', async (...way) => {
    build('threads', {
      head: '__thread char big[1 << 20] __attribute__((tls_model("initial-exec")));',
      run: 'return plug_put(out, big);',
    });
    expect((await refusal([...way, './libthreads.so'])).stderr).toMatch(
      /cannot allocate memory in static TLS block\n {6}its thread-local data have no place .* GLIBC_TUNABLES=/,
    );
  });

  test.each(ways)('says what to do about an undefined symbol: %s', async (...way) => {
    build('lacks', { head: 'int nowhere(void);', run: 'return nowhere();' });
    expect((await refusal([...way, './liblacks.so'])).stderr).toMatch(
      /undefined symbol: nowhere\n {6}nothing that it needs has nowhere: its author must link the library that does/,
    );
  });

  test.each(ways)('says when it is built for musl: %s', async (...way) => {
    compile(folder, 'c', 'int f(void) { return 1; }', ['-Wl,-soname,libc.musl-x86_64.so.1']);
    build('alpine', { head: 'int f(void);', run: 'return f();' }, ['-Wl,--no-as-needed', join(folder, 'libc.so')]);
    expect((await refusal([...way, './libalpine.so'])).stderr).toMatch(
      /cannot open shared object file: No such file or directory\n {6}it is built for musl \(Alpine Linux\): it needs libc\.musl-x86_64\.so\.1;/,
    );
  });
});

describe('a path that leads to no library', () => {
  beforeAll(() => {
    symlinkSync('two', join(folder, 'one'));
    symlinkSync('one', join(folder, 'two'));
    writeFileSync(join(folder, 'text'), 'text');
    writeFileSync(join(folder, 'libshort.so'), readFileSync(builtIn('greet')).subarray(0, 3000));
    execFileSync('mkfifo', ['-m', '666', join(folder, 'pipe')]);
  });

  test.each([
    ['./nowhere.so', 'plugin.Open("./nowhere.so"): realpath failed: no such file or directory'],
    ['./one', 'plugin.Open("./one"): realpath failed: too many symbolic links encountered'],
    ['./text/a.so', 'plugin.Open("./text/a.so"): realpath failed: not a directory'],
    ['./pipe', 'open plugin FOLDER/pipe: it is not a regular file'],
    ['/dev/null', 'open plugin /dev/null: it is not a regular file'],
    [
      './libshort.so',
      'open plugin FOLDER/libshort.so: it is cut off or damaged: it ends at byte 3000, and its headers point beyond',
    ],
  ])('%s', async (path, reason) => {
    for (const way of ways) {
      const { status, stderr } = await refusal([...way, path]);
      expect({ status, stderr: stderr.split('\n')[0] }).toEqual({ status: 2, stderr: `host: ${reason}` });
    }
  });

  test('is refused when its real path is not UTF-8, whichever way leads there', async () => {
    const bytes = Buffer.concat([Buffer.from(`${folder}/d`), Buffer.from([0xff])]);
    mkdirSync(bytes);
    const library = Buffer.concat([bytes, Buffer.from('/libgreet.so')]);
    copyFileSync(builtIn('greet'), library);
    symlinkSync(bytes, join(folder, 'link'));
    for (const way of ways) {
      expect(await refusal([...way, 'link/libgreet.so'])).toEqual({
        status: 2,
        stdout: '',
        stderr:
          'host: plugin.Open("link/libgreet.so"): realpath failed: its real path has bytes that are not UTF-8: FOLDER/d\\xff/libgreet.so\n' +
          '      rename what is not UTF-8 on its way, or copy it elsewhere\n',
      });
    }
  });
});

describe('a working folder that is gone', () => {
  const home = process.cwd();
  afterAll(() => process.chdir(home));

  test.each([
    [['trust']],
    [['run', '--filter', 'contains', '-p', 'text=a', '--sandbox', '--grant', 'read:x', '/dev/null']],
  ])('is what %j says', async (args) => {
    const gone = mkdtempSync(join(folder, 'gone-'));
    process.chdir(gone);
    rmSync(gone, { recursive: true });
    const child = spawnSync(process.execPath, [join(home, 'bin/host.js'), ...args], { encoding: 'utf8' });
    process.chdir(home);
    expect({ status: child.status, stderr: child.stderr }).toEqual({
      status: 2,
      stderr:
        'host: find the working folder: no such file or directory\n' +
        '      it was removed, or may not be entered any more: go to a folder that is there, or give absolute paths\n',
    });
  });
});

describe("the words of the system's loader", () => {
  test.each([
    [
      "a.so: /lib/libc.so.6: version `GLIBC_2.99' not found (required by a.so)",
      /^it was built on a newer system, with GLIBC_2\.99:/,
    ],
    ['a.so: failed to map segment from shared object', /noexec/],
    ['/usr/lib/libc.so: invalid ELF header', /musl/],
    ['libb.so: wrong ELF class: ELFCLASS32', /^libb\.so is damaged, no library, or for another machine/],
    [
      'libb.so: cannot open shared object file: Too many levels of symbolic links',
      /^a symbolic link leads to itself: namei libb\.so$/,
    ],
    ['a.so: undefined symbol: f, version V_2', /^it was built with another version of the library that has f \(V_2\)/],
    ['a.so: undefined symbol: __tsan_init', /sanitizer \(tsan\)/],
    [
      'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by a.so)',
      /built for glibc/,
    ],
    ['Error relocating a.so: __printf_chk: symbol not found', /built for glibc/],
    ['a.so: ELF load command alignment not page-aligned', /max-page-size/],
  ])('%s', (words, hint) => {
    expect(loaderHint(words).hint).toMatch(hint);
  });

  test('that are not known have no hint', () => {
    expect(loaderHint('a.so: something else')).toEqual({});
  });
});
