import { beforeAll, describe, expect, test } from 'vitest';
import { loadPlugin, open } from '../../../src/index.js';
import { compile, makeScratch, noCompiler, type PluginParts, pluginSource } from '../../helpers/compile.js';
import { errorOf, thrown } from '../../helpers/thrown.js';

const scratch = makeScratch();
let count = 0;

/** Compiles C, loads it as a plugin, and returns the error without paths and addresses. */
function refusalOf(source: string, isolate = false): string {
  const path = compile(scratch, `wrong${count++}`, source);
  const { code, message } = thrown(() => loadPlugin(path, { isolate }));
  const same = message
    .replaceAll(path, 'PATH')
    .replace(/0x[0-9a-f]{9,}/g, 'ADDRESS')
    .replace(/\S+\/(?=libc\.so)/, '');
  return `${code} ${same}`;
}

/** A plugin whose `run` gives the address of its instance. */
const addressed: PluginParts = {
  head: '#include <stdio.h>',
  run: 'char text[32]; snprintf(text, sizeof text, "%p", (void *)plugin); return plug_put(out, text);',
};

const refusalOfParts = (parts: PluginParts, isolate = false) => refusalOf(pluginSource(parts), isolate);

describe.skipIf(noCompiler)(`the type assertion${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('takes a factory, each call of which gives a fresh instance', () => {
    const path = compile(scratch, 'factory', pluginSource(addressed));
    const [a, b] = [loadPlugin(path), loadPlugin(path)];
    expect([a.name, b.name]).toEqual(['Test', 'Test']);
    expect(a.run()).not.toBe(b.run());
  });

  test('takes a data object, which is the instance', () => {
    const path = compile(scratch, 'object', pluginSource({ ...addressed, shared: true }));
    expect(loadPlugin(path).run()).toBe(`0x${open(path).lookup('NewPlugin').address.toString(16)}`);
  });

  test('takes a struct that is larger than it knows, as a later minor version has it', () => {
    const source = pluginSource({
      head: 'typedef struct { plug_plugin head; void *later; } later_plugin;',
      fields: '.size = sizeof(later_plugin), .abi_minor = 9',
    }).replace('malloc(sizeof *made)', 'malloc(sizeof(later_plugin))');
    expect(loadPlugin(compile(scratch, 'later', source)).run()).toBe('done');
  });

  test('refuses a library without NewPlugin, and says which name is near', () => {
    const path = compile(scratch, 'nameless', 'int NewPlugins(void) { return 1; }');
    expect(thrown(() => loadPlugin(path))).toEqual({
      code: 'ERR_NO_NEW_PLUGIN',
      message: `open plugin ${path}: it is a library that does not export NewPlugin, so it is no plugin`,
      hint: 'its author must export NewPlugin with PLUG_EXPORT (Rust: plughost::export!); see docs/contract.md',
    });
    expect(errorOf(() => loadPlugin(path))).toMatchObject({
      cause: {
        message: `plugin: symbol NewPlugin not found in plugin ${path}`,
        hint: 'it exports similar names: NewPlugins',
      },
    });
  });

  test('refuses a data object that is too small', () => {
    expect(refusalOf('int NewPlugin = 7;')).toBe(
      'ERR_TYPE_ASSERTION assert plugin PATH: NewPlugin is a data object of 4 bytes, not a plug_plugin (>= 72 bytes)',
    );
  });

  test('refuses a factory that gives null', () => {
    expect(refusalOf('void *NewPlugin(void) { return 0; }')).toBe(
      'ERR_TYPE_ASSERTION assert plugin PATH: NewPlugin gave null, not a plug_plugin',
    );
  });

  test('refuses a factory that gives a pointer to nowhere, without touching it', () => {
    expect(refusalOf('void *NewPlugin(void) { return (void *)0xdead0000beef; }')).toBe(
      'ERR_TYPE_ASSERTION assert plugin PATH: what NewPlugin gave is at ADDRESS, where no memory can be read',
    );
    expect(refusalOf('void *NewPlugin(void) { return (void *)-8; }')).toBe(
      'ERR_TYPE_ASSERTION assert plugin PATH: what NewPlugin gave is at ADDRESS, where no memory can be read',
    );
  });

  test('refuses a struct that is cut off by the end of memory', () => {
    const source = `#include <plughost/plughost.h>
      #include <sys/mman.h>
      void *NewPlugin(void) {
        char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        munmap(pages + 4096, 4096);
        uint32_t *end = (uint32_t *)(pages + 4096 - 8);
        end[0] = sizeof(plug_plugin); end[1] = PLUG_MAGIC;
        return end;
      }`;
    expect(refusalOf(source)).toBe(
      'ERR_TYPE_ASSERTION assert plugin PATH: what NewPlugin gave says that it has 72 bytes, not all of which can be read',
    );
  });

  test.each<[string, PluginParts, string]>([
    [
      'a size that is too small',
      { fields: '.size = 71' },
      'what NewPlugin gave says that it has 71 bytes; a plug_plugin has >= 72 bytes',
    ],
    [
      'another magic',
      { fields: '.magic = 0x12345' },
      'what NewPlugin gave is no plug_plugin: its magic is 0x12345, not 0x47554c50',
    ],
    [
      'another magic in a data object',
      { shared: true, fields: '.magic = 1' },
      'NewPlugin is no plug_plugin: its magic is 0x1, not 0x47554c50',
    ],
    ['no name', { fields: '.name = 0' }, 'plug_plugin.name is null'],
    ['no run', { fields: '.run = 0' }, 'plug_plugin.run is null'],
    [
      'a function of another library',
      { fields: '.destroy = (void *)a64l' },
      "plug_plugin.destroy is ADDRESS, which lies in the code of libc.so.6, not in the plugin's code",
    ],
    [
      'a function that is data',
      { head: 'static int data = 1;', fields: '.run = (void *)&data' },
      "plug_plugin.run is ADDRESS, which lies in the data of PATH, not in the plugin's code",
    ],
    [
      'a function at a wild address',
      { fields: '.init = (void *)0x10' },
      "plug_plugin.init is 0x10, which lies in no library, not in the plugin's code",
    ],
  ])('refuses a struct with %s', (_, parts, reason) => {
    expect(refusalOfParts(parts).replace('ERR_TYPE_ASSERTION assert plugin PATH: ', '')).toBe(reason);
  });

  test('refuses another major version of the contract', () => {
    expect(refusalOfParts({ fields: '.abi_major = 2, .abi_minor = 1' })).toBe(
      'ERR_ABI open plugin PATH: it was built for version 2.1 of the contract, and this host speaks 1.2',
    );
  });
});

describe.skipIf(noCompiler)(`the extensions${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  const functions = `
    static int32_t match(const plug_plugin *p, void *s, const uint8_t *d, uint64_t n) { return n > 3; }
    static int32_t write(const plug_plugin *p, void *s, const plug_ctx *c, const plug_lines *l, uint32_t *t, plug_sink *o, plug_error *e) { return 0; }
    static int32_t transform(const plug_plugin *p, void *s, const uint8_t *d, uint64_t n, plug_sink *o, plug_error *e) { return PLUG_UNCHANGED; }
    static void *state_new(const plug_plugin *p, plug_error *e) { return malloc(1); }
    static void state_free(const plug_plugin *p, void *s) { free(s); }
    void *keep[] = { (void *)match, (void *)write, (void *)transform, (void *)state_new, (void *)state_free };`;
  const filter = (fields: string): PluginParts => ({
    head: `${functions} static const plug_filter filter = { ${fields} };`,
    extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : 0;',
  });
  const exporter = (fields: string): PluginParts => ({
    head: `${functions} static const plug_exporter exporter = { ${fields} };`,
    extension: 'return plug_same_id(id, PLUG_EXPORTER) ? &exporter : 0;',
  });
  const transform = (fields: string): PluginParts => ({
    head: `${functions} static const plug_transform calls = { ${fields} };`,
    extension: 'return plug_same_id(id, PLUG_TRANSFORM) ? &calls : 0;',
  });
  let plain: string;
  beforeAll(() => {
    plain = compile(scratch, 'no-extension', pluginSource());
  });

  test('are absent from a plugin that offers none', () => {
    expect(loadPlugin(plain)).toMatchObject({ filter: undefined, transform: undefined, exporter: undefined });
  });

  test('tell the shapes and flags of a filter', () => {
    const path = compile(
      scratch,
      'filter',
      pluginSource(filter('.size = sizeof filter, .flags = PLUG_FILTER_ORDERED, .match = match')),
    );
    expect(loadPlugin(path).filter).toMatchObject({ shapes: ['line'], linewise: false, ordered: true });
  });

  test('believe a field only if it lies inside the size', () => {
    const parts = filter('.size = 32, .match = match, .match_batch = (void *)0x1234, .scan = (void *)0x1234');
    expect(loadPlugin(compile(scratch, 'short-filter', pluginSource(parts))).filter?.shapes).toEqual(['line']);
  });

  test('tell the shapes and flags of a transform', () => {
    const path = compile(
      scratch,
      'transform',
      pluginSource(transform('.size = 32, .flags = PLUG_TRANSFORM_LINEWISE, .transform = transform')),
    );
    expect(loadPlugin(path).transform).toMatchObject({ shapes: ['line'], linewise: true, ordered: false });
  });

  test('tell whether the rows of an exporter are independent', () => {
    const path = compile(
      scratch,
      'exporter',
      pluginSource(exporter('.size = sizeof exporter, .flags = PLUG_EXPORTER_ROWWISE, .write = write')),
    );
    expect(loadPlugin(path).exporter?.rowwise).toBe(true);
  });

  test.each<[string, PluginParts, string]>([
    ['a filter without match', filter('.size = sizeof filter'), 'plug_filter.match is null'],
    [
      'a filter that is too small',
      filter('.size = 24, .match = match'),
      'its filter says that it has 24 bytes; a plug_filter has >= 32 bytes',
    ],
    [
      'a filter whose states are never freed',
      filter('.size = sizeof filter, .match = match, .state_new = state_new'),
      'plug_filter has state_new and no state_free',
    ],
    [
      'a filter that contradicts itself',
      filter('.size = sizeof filter, .match = match, .flags = 3'),
      'plug_filter is both LINEWISE and ORDERED',
    ],
    [
      'a filter with a wild function',
      filter('.size = sizeof filter, .match = match, .scan = (void *)0x10'),
      "plug_filter.scan is 0x10, which lies in no library, not in the plugin's code",
    ],
    ['a transform without transform', transform('.size = sizeof calls'), 'plug_transform.transform is null'],
    [
      'a transform that is too small',
      transform('.size = 24, .transform = transform'),
      'its transform says that it has 24 bytes; a plug_transform has >= 32 bytes',
    ],
    [
      'a transform whose states are never freed',
      transform('.size = sizeof calls, .transform = transform, .state_new = state_new'),
      'plug_transform has state_new and no state_free',
    ],
    [
      'a transform that contradicts itself',
      transform('.size = sizeof calls, .transform = transform, .flags = 3'),
      'plug_transform is both LINEWISE and ORDERED',
    ],
    [
      'a transform with a wild function',
      transform('.size = sizeof calls, .transform = transform, .transform_batch = (void *)0x10'),
      "plug_transform.transform_batch is 0x10, which lies in no library, not in the plugin's code",
    ],
    ['an exporter without write', exporter('.size = sizeof exporter'), 'plug_exporter.write is null'],
    [
      'an exporter whose states are never freed',
      exporter('.size = sizeof exporter, .write = write, .state_new = state_new'),
      'plug_exporter has state_new and no state_free',
    ],
    [
      'an extension at a wild address',
      { extension: 'return (void *)0x10;' },
      'its filter is at 0x10, where no memory can be read',
    ],
  ])('are refused: %s', (_, parts, reason) => {
    const refused = `ERR_TYPE_ASSERTION assert plugin PATH: ${reason}`;
    // The runner checks the plugin in its own process, by the same rows.
    expect([refusalOfParts(parts), refusalOfParts(parts, true)]).toEqual([refused, refused]);
  });

  test('are refused when the manifest promises more than there is', () => {
    const manifest = '{ "id": "a.b", "name": "n", "version": "1.0.0", "extensions": ["plug.filter/1"] }';
    expect(refusalOfParts({ manifest })).toBe(
      'ERR_TYPE_ASSERTION assert plugin PATH: its manifest promises plug.filter/1, and the plugin does not offer it',
    );
  });
});
