import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadPlugin, type Plugin, run } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

// PLUGHOST_RESTARTS=10000 npx vitest run test/loader/restarts.test.ts
const restarts = Number(process.env.PLUGHOST_RESTARTS ?? 100);
const sanitized = process.env.LD_PRELOAD !== undefined;
const scratch = makeScratch();
const proof = join(scratch, 'evil-ran');

/** The source of a filter that crashes at the line `die`. Its `run` returns a word, its path, and its part's word. */
const filter = (word: string, head = '') =>
  pluginSource({
    manifest:
      '{ "id": "org.example.restarts", "name": "restarts", "version": "1.0.0", "extensions": ["plug.filter/1"] }',
    head: `#include <dlfcn.h>
      #include <stdio.h>
      #include <unistd.h>
      ${head}
      const char *part(void);
      int32_t match(const plug_plugin *plugin, void *state, const uint8_t *line, uint64_t length);
      int32_t match(const plug_plugin *plugin, void *state, const uint8_t *line, uint64_t length) {
        if (length == 3 && memcmp(line, "die", 3) == 0) *(volatile int *)8 = 1;
        return 1;
      }
      static const plug_filter filter = {sizeof filter, PLUG_FILTER_LINEWISE, .match = match};`,
    run: `Dl_info own; char text[600];
      dladdr((void *)match, &own);
      snprintf(text, sizeof text, "${word} of %s with %s", own.dli_fname, part());
      return plug_put(out, text);`,
    extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : 0;',
  });
const evil = `__attribute__((constructor)) static void start(void) { FILE *f = fopen("${proof}", "w"); if (f) fclose(f); }`;
const part = (word: string, head = '') =>
  `#include <stdio.h>\n${head}\nconst char *part(void); const char *part(void) { return "${word}"; }`;

const missing = noCompiler ?? (sanitized ? 'a sanitizer loads more than the sandbox allows' : undefined);
const kinds = { judged: join(scratch, 'judged'), evil: join(scratch, 'evil') };
beforeAll(() => {
  if (missing) return;
  for (const [word, place] of Object.entries(kinds)) {
    mkdirSync(place, { mode: 0o755 });
    compile(place, 'part', part(word, word === 'evil' ? evil : ''));
    const beside = [`-L${place}`, '-Wl,--no-as-needed', '-lpart', '-Wl,-rpath,$ORIGIN'];
    compile(place, 'restarts', filter(word, word === 'evil' ? evil : ''), ['-D_GNU_SOURCE', ...beside]);
  }
});

let number = 0;
/** Creates a folder with a plugin and its part, and a folder with malicious files of the same names. */
function makeFiles() {
  const folder = join(scratch, `${number++}`, 'folder');
  const others = join(dirname(folder), 'others');
  cpSync(kinds.judged, folder, { recursive: true });
  cpSync(kinds.evil, others, { recursive: true });
  return { folder, others, path: join(folder, 'librestarts.so') };
}

/** Ends the plugin's process and starts another one. */
function restart(plugin: Plugin): string {
  expect(() => plugin.filter?.test('die')).toThrow(
    /crashed with SIGSEGV at address 0x8, in match \(librestarts\.so\+0x/,
  );
  return plugin.run();
}

describe.skipIf(missing).each([
  ['isolated', true],
  ['sandboxed', { sandbox: true }],
] as const)(`a plugin that is started again, %s${missing ? ` (skipped: ${missing})` : ''}`, (_, isolate) => {
  beforeEach(() => rmSync(proof, { force: true }));
  afterEach(() => expect(existsSync(proof)).toBe(false));
  const load = (path: string) => loadPlugin(path, { isolate, needs: ['filter'] });

  test.each<[string, (files: ReturnType<typeof makeFiles>) => void]>([
    ['its file was replaced', ({ path, others }) => renameSync(join(others, 'librestarts.so'), path)],
    [
      'its file was written over',
      ({ path, others }) => writeFileSync(path, readFileSync(join(others, 'librestarts.so'))),
    ],
    ['its file is gone', ({ path }) => rmSync(path)],
    [
      'its folder was replaced',
      ({ folder, others }) => {
        renameSync(folder, `${folder}-away`);
        renameSync(others, folder);
      },
    ],
    [
      'its folder became a link',
      ({ folder, others }) => {
        renameSync(folder, `${folder}-away`);
        symlinkSync(others, folder);
      },
    ],
    [
      'what it needs was replaced',
      ({ folder, others }) => renameSync(join(others, 'libpart.so'), join(folder, 'libpart.so')),
    ],
    [
      'what it needs was written over',
      ({ folder, others }) => copyFileSync(join(others, 'libpart.so'), join(folder, 'libpart.so')),
    ],
  ])('runs the code that was judged, though %s', async (_title, change) => {
    const files = makeFiles();
    using plugin = load(files.path);
    const said = `judged of ${files.path} with judged`;
    expect(plugin.run()).toBe(said);
    change(files);
    expect(restart(plugin)).toBe(said);
    // Each worker of a run starts a process of its own now.
    const log = join(scratch, 'log');
    writeFileSync(log, 'a\ndie\nb\n'.repeat(3));
    const { kept, faults } = await run([log], { stages: [{ filter: plugin }], workers: 2 });
    expect({ kept, faults: faults.length }).toEqual({ kept: 6, faults: 3 });
  });

  test('runs it while another process puts other files in its place all the time', { timeout: 0 }, async () => {
    const { path, folder, others } = makeFiles();
    using plugin = load(path);
    const swap = `
      const fs = require('node:fs');
      const [folder, others] = process.argv.slice(1);
      const names = ['librestarts.so', 'libpart.so'];
      const bytes = (place) => names.map((name) => fs.readFileSync(place + '/' + name));
      const kinds = [bytes(folder), bytes(others)];
      for (let i = 1; ; i++) {
        names.forEach((name, n) => {
          fs.writeFileSync(folder + '/new', kinds[i % 2][n]);
          fs.renameSync(folder + '/new', folder + '/' + name);
          fs.writeFileSync(folder + '/' + name, kinds[(i + 1) % 2][n]);
        });
        fs.renameSync(folder, folder + '-away');
        fs.symlinkSync(others, folder);
        fs.unlinkSync(folder);
        fs.renameSync(folder + '-away', folder);
        if (i === 1) fs.writeSync(1, 'swapping');
      }`;
    const swapper = spawn(process.execPath, ['-e', swap, folder, others], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(swapper.stdout, 'data');
      const said = `judged of ${path} with judged`;
      for (let i = 0; i < restarts; i++) expect(restart(plugin)).toBe(said);
      expect(swapper.exitCode).toBe(null);
    } finally {
      swapper.kill('SIGKILL');
      await once(swapper, 'close');
    }
  });
});

/** Returns the target of a descriptor; empty if it is closed by now, as that of the list itself. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'utf8' });
  } catch {
    return '';
  }
}

test.skipIf(missing)('what was copied for further processes is given back when a plugin is closed', () => {
  const { path } = makeFiles();
  const held = () =>
    readdirSync('/proc/self/fd')
      .map(targetOf)
      .filter((target) => /^\/memfd:lib(restarts|part)\.so/.test(target) || target === process.cwd()).length;
  const plugin = loadPlugin(path, { isolate: true });
  expect(held()).toBe(3);
  plugin.close();
  expect(held()).toBe(0);
});
