import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { trust } from '../../src/cli/configuration/trusted.js';
import { RUN_FLAGS } from '../../src/cli/flags/run.js';
import type { RunRequest } from '../../src/cli/run/run-request.js';
import { readRequest } from '../helpers/command-line.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const home = join(scratch, 'home');
const state = join(scratch, 'state');
const project = join(scratch, 'project');
const own = join(home, 'plughost/host.config.json');
const projects = join(project, 'host.config.json');
const namedFile = join(scratch, 'named.json');
const before = process.cwd();
const { XDG_CONFIG_HOME, XDG_STATE_HOME } = process.env;

beforeEach(() => {
  for (const folder of [home, state, project]) rmSync(folder, { recursive: true, force: true });
  for (const folder of [join(home, 'plughost'), project]) mkdirSync(folder, { recursive: true });
  Object.assign(process.env, { XDG_CONFIG_HOME: home, XDG_STATE_HOME: state });
  process.chdir(project);
});
afterAll(() => {
  Object.assign(process.env, { XDG_CONFIG_HOME, XDG_STATE_HOME });
  process.chdir(before);
});

/** Contents of the configurations: the user's own, the one of the folder, and one named by --config. */
interface Said {
  user?: object;
  project?: object;
  named?: object;
}

/** Returns the request of a command line beside these configurations. Trusts the one of the folder. */
function read(said: Said, ...args: string[]): RunRequest {
  rmSync(own, { force: true });
  rmSync(projects, { force: true });
  if (said.user) writeFileSync(own, JSON.stringify(said.user));
  if (said.project) {
    const text = JSON.stringify(said.project);
    writeFileSync(projects, text);
    trust(projects, Buffer.from(text));
  }
  if (said.named) writeFileSync(namedFile, JSON.stringify(said.named));
  const warnings: string[] = [];
  const given = said.named ? ['--config', namedFile, ...args] : args;
  const request = readRequest(given, (text) => warnings.push(text));
  expect(warnings).toEqual([]);
  return request;
}

/** Returns where each plugin runs. */
function places(said: Said, ...args: string[]): string[] {
  const request = read(said, ...args);
  const { isolate, sandbox } = request;
  const isolated = sandbox ? 'sandbox' : 'isolated';
  return request.plugins.map((plugin) => ((plugin.isolate ?? (isolate || sandbox)) ? isolated : 'here'));
}

const stage = (isolate?: boolean) => ({ filter: 'contains', ...(isolate !== undefined && { isolate }) });

describe('configurations that are found', () => {
  it('count in this order: the own, the one of the folder, the command line', () => {
    const said = {
      user: { workers: 1, 'max-count': 1, 'before-context': 1, stats: true, 'plugin-dir': 'mine' },
      project: { 'max-count': 2, 'before-context': 2, stats: false, inputs: ['a.log'], stages: [stage()] },
    };
    expect(read(said, '-B', '3', '--plugin-dir', 'given')).toMatchObject({
      workers: 1,
      limit: 2,
      print: { before: 3 },
      stats: false,
      inputs: ['a.log'],
      folders: ['given', join(home, 'plughost/mine')],
    });
    const { inputs, stages } = read(said, 'b.log', '--filter', 'regex');
    expect({ inputs, names: stages.map((one) => 'name' in one && one.name) }).toEqual({
      inputs: ['b.log'],
      names: ['regex'],
    });
  });

  it('are none with --no-config, and beside a named one; the last of these options counts', () => {
    const said = { user: { stats: true }, project: { workers: 2 } };
    expect(read(said, '--no-config')).toMatchObject({ stats: false, workers: undefined });
    const both = { ...said, named: { crlf: true } };
    expect(read(both)).toMatchObject({ stats: false, workers: undefined, crlf: true });
    expect(read(both, '--no-config')).toMatchObject({ stats: false, workers: undefined, crlf: false });
  });

  const names = ['output', 'unparsed', 'append', 'keep-partial', 'allow-writable', 'grant'];
  it.each(names.flatMap((name) => [true, 'x'].map((value) => [name, value] as const)))(
    'never say %s: %j',
    (name, value) => {
      for (const [source, file] of [
        ['user', own],
        ['project', 'host.config.json'],
      ] as const) {
        expect(thrown(() => read({ [source]: { [name]: value } }))).toEqual({
          code: 'ERR_USAGE',
          message: `read the configuration ${file}: ${name}: a file that nobody has named may not say this`,
          hint: `say --${name} on the command line, or name the file there: --config ${file}`,
        });
      }
    },
  );

  it('choose where names lead to in the own file alone', () => {
    expect(read({ user: { 'plugin-dir': '/p' } }).folders).toEqual(['/p']);
    expect(thrown(() => read({ project: { 'plugin-dir': '/p' } })).message).toContain('plugin-dir: a file that nobody');
  });
});

describe('isolation', () => {
  it('that the command line asks for is not undone by any file', () => {
    const stages = [stage(), stage(true), stage(false)];
    const words = [{}, { isolate: false }, { sandbox: false }, { isolate: true }, { sandbox: true }];
    for (const source of ['user', 'project', 'named']) {
      for (const word of words) {
        const said = { [source]: { ...word, stages } };
        expect(places(said, '--sandbox')).toEqual(['sandbox', 'sandbox', 'sandbox']);
        expect(places(said, '--isolate')).not.toContain('here');
      }
    }
    expect(places({ named: { export: { export: 'csv', isolate: false } } }, '--sandbox')).toEqual(['sandbox']);
    expect(places({ named: { stages: [{ any: [stage(false)] }] } }, '--sandbox')).toEqual(['sandbox']);
    expect(places({ named: { stages: [{ transform: 'redact', isolate: false }] } }, '--isolate')).toEqual(['isolated']);
  });

  it('of the own file is not undone by the one of the folder, nor are other bounds', () => {
    const stages = [stage(), stage(false)];
    for (const word of [{}, { sandbox: false, isolate: false }, { sandbox: true }, { isolate: true }]) {
      expect(places({ user: { sandbox: true }, project: { ...word, stages } })).toEqual(['sandbox', 'sandbox']);
    }
    expect(places({ user: { isolate: true }, project: { sandbox: true, stages } })).toEqual(['sandbox', 'sandbox']);
    expect(places({ user: { sandbox: false }, project: { sandbox: true, stages } })).toEqual(['sandbox', 'here']);
    const bounds = { memory: '64M', 'call-timeout': 1, 'max-faults': 1, 'on-fault': 'stop' };
    const wider = { memory: '64G', 'call-timeout': 99, 'max-faults': 99, 'on-fault': 'match' };
    const {
      isolation,
      timeout,
      trust: locked,
    } = read({
      user: { ...bounds, timeout: 5, 'require-lock': '/mine.lock', sandbox: true },
      project: { ...wider, timeout: 99, 'require-lock': '/its.lock' },
    });
    expect({ ...isolation, timeout, lock: locked.lock }).toEqual({
      sandbox: true,
      memory: 64 << 20,
      callTimeout: 1000,
      maxFaults: 1,
      onFault: 'stop',
      timeout: 5,
      lock: '/mine.lock',
    });
  });

  it('of a single plugin is what its own file says, and can be taken back', () => {
    const named = { sandbox: true, stages: [stage(), stage(true), stage(false)] };
    expect(places({ named })).toEqual(['sandbox', 'sandbox', 'here']);
    expect(places({ named }, '--no-sandbox')).toEqual(['here', 'isolated', 'here']);
    expect(places({ named }, '--no-isolate')).toEqual(['here', 'here', 'here']);
    expect(places({ named }, '--no-isolate', '--sandbox')).toEqual(['sandbox', 'sandbox', 'sandbox']);
    expect(places({ named: { ...named, isolate: true } }, '--no-sandbox')).toEqual(['isolated', 'isolated', 'here']);
  });

  it('is named by --boundary too, which replaces what a file says', () => {
    const named = { sandbox: true, stages: [stage(), stage(true), stage(false)] };
    expect(places({ named }, '--boundary', 'in-process')).toEqual(['here', 'here', 'here']);
    expect(places({ named }, '--boundary', 'isolated')).toEqual(['isolated', 'isolated', 'isolated']);
    expect(places({ named }, '--boundary', 'sandboxed')).toEqual(['sandbox', 'sandbox', 'sandbox']);
    expect(places({}, '--isolate', '--boundary', 'in-process')).toEqual([]);
    expect(read({}, '--boundary', 'in-process', '--sandbox').isolation.sandbox).toBe(true);
    expect(thrown(() => read({}, '--boundary', 'elsewhere')).message).toBe(
      'run: --boundary elsewhere: it is one of in-process, isolated, sandboxed',
    );
  });

  it('may be prepared: what a file says of it is for when there is any', () => {
    const named = { memory: '64M', grant: ['threads'] };
    expect(read({ named }).isolation).toEqual({ sandbox: false, memory: 64 << 20 });
    expect(read({ named }, '--sandbox').isolation.grant?.threads).toBe(true);
    expect(thrown(() => read({}, '--memory', '64M')).message).toBe('run: --memory says nothing without --isolate');
  });
});

/** The flags that a configuration sets. */
const SET = RUN_FLAGS.filter(({ name, scope, hidden }) => (scope !== 'line' || name === 'export') && !hidden);

/** Values for flags that take no number. */
const SAMPLES: Record<string, unknown> = {
  export: 'csv',
  'plugin-dir': '/p',
  'require-lock': '/l',
  grant: 'threads',
  output: '/o',
  since: '2h',
  until: 'today',
  tz: 'Europe/Berlin',
  unparsed: '/u',
};
/** Returns a value that a configuration may give to the flag, and that is not its default. */
const sampleOf = ({ name, value, choices }: (typeof SET)[number]) =>
  SAMPLES[name] ?? choices?.at(-1) ?? (value ? 3 : true);

/** Flags that a flag needs beside it. */
const BESIDES: Record<string, object> = {
  grant: { sandbox: true },
  append: { output: '/o' },
  'keep-partial': { output: '/o' },
  total: { count: true },
  columns: { stages: [{ parse: 'access' }] },
  'time-column': { since: '2h' },
};

describe('what a configuration says', () => {
  /** The request as text, without the files, and without fields that are false or undefined. */
  const plain = ({ files, ...request }: RunRequest) =>
    JSON.stringify(request, (_, value) => (value === false ? undefined : value));

  it.each(SET.map((flag) => [flag.name, flag] as const))('is taken back by --no-%s', (name, flag) => {
    const besides = BESIDES[name] ?? {};
    const [said, without] = [{ named: { ...besides, [name]: sampleOf(flag) } }, { named: besides }];
    expect(plain(read(said))).not.toBe(plain(read(without)));
    expect(plain(read(said, `--no-${name}`))).toBe(plain(read(without)));
  });

  it.each(SET.filter(({ value }) => !value).map(({ name }) => name))(
    'of %s is taken back by false in a file above it',
    (name) => {
      if (['append', 'keep-partial', 'total', 'allow-writable', 'isolate', 'sandbox'].includes(name)) return;
      expect(plain(read({ user: { [name]: true } }))).not.toBe(plain(read({})));
      expect(plain(read({ user: { [name]: true }, project: { [name]: false } }))).toBe(plain(read({})));
    },
  );

  it('gives way to what contradicts it on the command line', () => {
    expect(read({ named: { export: 'csv' } }, '-c')).toMatchObject({ exporter: undefined, count: true });
    expect(read({ named: { count: true } }, '--export', 'csv')).toMatchObject({
      exporter: { name: 'csv' },
      count: false,
    });
    const labels = { 'line-number': true, 'with-filename': true, context: 2 };
    const none = { form: 'lines', names: false, numbers: false, nul: false, color: false, before: 0, after: 0 };
    expect(read({ named: labels }, '--export', 'csv')).toMatchObject({
      print: none,
      exporter: { parameters: [{ values: { line: true, file: true } }] },
    });
    expect(read({ named: { json: true } }, '-c')).toMatchObject({ count: true, print: { form: 'lines' } });
    expect(read({ named: { count: true, total: true } }, '-L')).toMatchObject({ count: false, total: false });
    expect(read({ named: { 'after-context': 3 } }, '-C', '1').print).toEqual({ ...none, before: 1, after: 1 });
    expect(read({ named: { context: 1 } }, '-A', '3').print).toEqual({ ...none, before: 1, after: 3 });
    expect(read({ named: { json: true } }, '-l').print.form).toBe('names');
    expect(read({ named: { quiet: true } }, '-o', 'x')).toMatchObject({ quiet: false, output: 'x' });
    const growing = { output: 'x', append: true };
    expect(read({ named: growing }, '-o', 'y')).toMatchObject({ output: 'y', append: false });
    expect(read({ user: { count: true }, project: { export: 'csv' } })).toMatchObject({ count: false });
  });

  it('takes no option of the command line for its own plugin', () => {
    expect(thrown(() => read({ named: { stages: [stage()] } }, '-p', 'text=y')).message).toBe(
      'run: -p text=y: no plugin is named before it',
    );
  });

  it.each<[object, string]>([
    [{ workers: 0 }, 'run: -j 0: a whole number from 1 to 1024 is needed'],
    [{ 'max-count': 'x' }, 'run: -m x: a whole number from 0 to 9007199254740991 is needed'],
    [{ timeout: 'soon' }, 'run: --timeout soon: seconds are needed, from 0.001 to 86400'],
    [{ memory: '1X' }, 'run: --memory 1X: a size from 1 to 1024G is needed, such as 64K'],
    [{ grant: 'all' }, 'run: --grant all: threads, read:PATH or write:PATH is needed'],
    [{ count: true, export: 'csv' }, 'run: --count and --export exclude each other'],
    [{ json: true, 'files-with-matches': true }, 'run: --files-with-matches and --json exclude each other'],
    [{ append: true }, 'run: --append says nothing without an output file'],
    [{ quiet: true, output: '/o' }, 'run: --quiet prints nothing, so there is no use for --output'],
    [{ stages: [{ any: [] }] }, 'run: no filter follows --any'],
  ])('%j is refused with the name of the file', (named, message) => {
    expect(thrown(() => read({ named })).message).toBe(`${message} (set in ${namedFile})`);
  });
});
