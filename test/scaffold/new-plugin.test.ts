import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  LINE_KINDS,
  type LineKind,
  NEW_FORMS,
  type NewForm,
  type NewFormName,
  type NewKind,
  ROW_KINDS,
} from '../../src/scaffold/new-forms.js';
import { newPlugin } from '../../src/scaffold/new-plugin.js';
import { bash, builtIn, host, ROOT, seen, without } from '../e2e/command.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { python } from '../remote/peers/peers.js';

// Makes a plugin of each form, and does what the command then says: builds it by the real tools, and runs it.

const scratch = makeScratch();
const lacking = (program: string, ...args: string[]) =>
  spawnSync(program, args.length > 0 ? args : ['--version']).error ? ` (skipped: ${program} is missing)` : '';

const interpreter = python();
const noAdapter = existsSync(builtIn('grpc')) ? '' : ' (skipped: libgrpc.so is not built)';
/** Why the plugins of a form cannot be tried here. */
const LACKS: Record<NewFormName, string> = {
  rules: without.rules,
  script: without.script,
  typescript: without.script,
  c: noCompiler ? ` (skipped: ${noCompiler})` : lacking('cmake'),
  wasm: existsSync(builtIn('wasm')) ? lacking('zig', 'version') : ' (skipped: libwasm.so is not built)',
  rust: without.regex || lacking('cargo'),
  go: noAdapter || lacking('go', 'version'),
  http: existsSync(builtIn('http')) ? '' : ' (skipped: libhttp.so is not built)',
  python: noAdapter || ('missing' in interpreter ? ` (skipped: ${interpreter.missing})` : ''),
};

const LOG = 'all is well\nan ERROR, and an ERROR\n';
/** What a plugin of each kind makes of the log. */
const OUTPUTS: Record<LineKind, string> = {
  filter: 'an ERROR, and an ERROR\n',
  transform: 'all is well\nan [ERROR], and an [ERROR]\n',
  exporter: '# ERROR\n\n- all is well\n- an ERROR, and an ERROR\n',
};

/** A Python that has the SDK, as after `pip install`: a program gets PATH of its host, and not PYTHONPATH. */
function pythonWithSdk(path: string): string {
  const folder = join(scratch, 'bin');
  mkdirSync(folder);
  const set = `PYTHONPATH='${ROOT}/plugins-python/plughost/src' PYTHONDONTWRITEBYTECODE=1`;
  writeFileSync(join(folder, 'python3'), `#!/bin/sh\n${set} exec '${path}' "$@"\n`, { mode: 0o755 });
  return folder;
}

/** What `plughost load` prints of those that do not say it themselves. */
const SAYS: Partial<Record<NewFormName, RegExp>> = { rules: /^slow\n/ };

/** What stands before the commands: the tools find what they need without a network. */
const SURROUNDINGS: Partial<Record<NewFormName, string>> = {
  rust: 'unset CARGO_TARGET_DIR; export CARGO_NET_OFFLINE=true PATH="$PATH:$HOME/.cargo/bin"',
  python: 'path' in interpreter ? `export PATH="${pythonWithSdk(interpreter.path)}:$PATH"` : '',
};
/** Commands that install what is there already, or start what the test has started. */
const DONE = /^(npm|pip) install |^python3 -m venv|activate$|&$/;

/** Makes a plugin in a folder of its own, and returns it with the folder of its commands. */
function make(form: NewFormName, kinds: readonly NewKind[]) {
  const directory = mkdtempSync(join(scratch, `${form}-`));
  const made = newPlugin({ form, name: 'slow', kinds, directory });
  const folder = join(directory, made.folder);
  if (form === 'rust') {
    // Compiled once for all tests of crates, in the versions of the project itself.
    copyFileSync(join(ROOT, 'plugins-rust/Cargo.lock'), join(folder, 'Cargo.lock'));
    const target = join(ROOT, 'build/documentation');
    mkdirSync(target, { recursive: true });
    symlinkSync(target, join(folder, 'target'));
  }
  return { ...made, directory, folder };
}

/** Gives a command in a folder, as the author of a plugin of this form does. */
const give = async (form: NewFormName, command: string, folder: string, input = '') =>
  seen(
    await bash(`set -e; plughost() { "$HOST" "$@"; }; ${SURROUNDINGS[form] ?? ':'}; ${command}`, {
      cwd: folder,
      input,
    }),
  );

/** Starts the server of a new plugin, at a free port until the test ends, and returns the address. */
async function serve(folder: string): Promise<string> {
  const server = spawn(process.execPath, ['slow.mjs', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void server.kill());
  const [line] = await once(createInterface(server.stdout), 'line');
  return `127.0.0.1:${/port: (\d+)/.exec(line)?.[1]}`;
}

/** Returns what makes the address in a command that of the plugin's server, if it is one. */
async function addressed(form: NewFormName, folder: string): Promise<(command: string) => string> {
  if (form !== 'http') return (command) => command;
  const address = await serve(folder);
  return (command) => command.replaceAll('127.0.0.1:9000', address);
}

const kindsOf = (form: NewFormName): readonly LineKind[] => (NEW_FORMS[form] as NewForm).kinds ?? LINE_KINDS;
const FLAG: Record<LineKind, string> = { filter: '--filter', transform: '--transform', exporter: '--export' };

describe.each(Object.keys(NEW_FORMS) as NewFormName[])('a new plugin: %s', (form) => {
  const kinds = kindsOf(form);

  it.skipIf(LACKS[form])(
    `is built by the commands that are printed, and works${LACKS[form]}`,
    { timeout: 240_000 },
    async () => {
      const { folder, commands } = make(form, kinds);
      const at = await addressed(form, folder);
      const source = at(NEW_FORMS[form].source('slow'));
      const last = at(commands.at(-1) ?? '');
      for (const command of commands.slice(0, -1)) {
        if (DONE.test(command)) continue;
        const { status, stdout, stderr } = await give(form, command, folder);
        expect({ command, status, warnings: /^.*warning.*$/im.exec(stdout + stderr)?.[0] }).toEqual({
          command,
          status: 0,
          warnings: undefined,
        });
      }
      const shown = kinds.includes('exporter') ? '# ERROR\n\n- an [ERROR]\n' : 'an [ERROR]\n';
      expect(await give(form, last, folder)).toEqual({ status: 0, stdout: shown, stderr: '' });
      for (const kind of kinds) {
        const command = `plughost run ${FLAG[kind]} ${source}`;
        expect(await give(form, command, folder, LOG)).toEqual({ status: 0, stdout: OUTPUTS[kind], stderr: '' });
      }
      const other = await give(form, `plughost run --filter ${source} -p text=well`, folder, LOG);
      // Rules have no options.
      expect(other.stdout).toBe(form === 'rules' ? '' : 'all is well\n');

      const loaded = await give(form, `plughost load ${source}`, folder);
      expect(loaded).toEqual({
        status: 0,
        stdout: expect.stringMatching(SAYS[form] ?? /^slow\nLooks for ERROR\n$/),
        stderr: '',
      });
    },
  );
});

describe.each(['script', 'typescript'] as const)('a new script about rows: %s', (form) => {
  it.skipIf(LACKS[form])(`works as one of each kind, and of both${LACKS[form]}`, async () => {
    const kinds = ['row_filter', 'aggregator'] as const;
    const shown = {
      row_filter: '::1 - - [31/Jan/2026:09:30:00 +0000] "GET /an/ERROR HTTP/1.1" 200 17\n',
      aggregator: 'largest\n17\n',
    };
    for (const kind of kinds) {
      const { commands, folder } = make(form, [kind]);
      const last = await give(form, commands.at(-1) ?? '', folder);
      expect(last).toEqual({ status: 0, stdout: shown[kind], stderr: '' });
    }
    const { commands, folder } = make(form, kinds);
    expect((await give(form, commands.at(-1) ?? '', folder)).stdout).toBe(shown.aggregator);
    expect(thrown(() => make(form, ['parser']))).toMatchObject({
      message: `new: ${form} cannot be of the kind parser`,
      hint: 'a library can: plughost new c slow --kind parser',
    });
  });
});

describe('a new plugin about rows: rules', () => {
  it.skipIf(LACKS.rules)(`works as a row filter${LACKS.rules}`, async () => {
    const { folder, commands } = make('rules', ['row_filter']);
    const line = '::1 - - [31/Jan/2026:09:30:00 +0000] "GET /an/ERROR HTTP/1.1" 200 17\n';
    expect(await give('rules', commands.at(-1) ?? '', folder)).toEqual({ status: 0, stdout: line, stderr: '' });
    expect(thrown(() => make('rules', ['aggregator']))).toMatchObject({
      message: 'new: rules cannot be of the kind aggregator',
      hint: 'a script can: plughost new script slow --kind aggregator',
    });
  });
});

describe.each(['c', 'rust'] as const)('a new plugin about rows: %s', (form) => {
  const built = async (kinds: readonly NewKind[]) => {
    const made = make(form, kinds);
    for (const command of made.commands.slice(0, -1)) {
      const { status, stdout, stderr } = await give(form, command, made.folder);
      expect({ command, status, warnings: /^.*warning.*$/im.exec(stdout + stderr)?.[0] }).toEqual({
        command,
        status: 0,
        warnings: undefined,
      });
    }
    return { ...made, shown: await give(form, made.commands.at(-1) ?? '', made.folder) };
  };

  it.skipIf(LACKS[form])(
    `is built by the commands that are printed, and works${LACKS[form]}`,
    { timeout: 240_000 },
    async () => {
      const { folder, shown } = await built(ROW_KINDS);
      expect(shown).toEqual({ status: 0, stdout: 'largest\n17\n', stderr: '' });
      const source = NEW_FORMS[form].source('slow');
      const sizes = '/a 5\n/ERROR/b 70\nno size\n/ERROR 6\n/a 19\n/a -1\n\n/c 9999999999999999999\n';
      const rows = (flags: string) => give(form, `plughost run --parse ${source} ${flags}`, folder, sizes);
      const stderr = 'host: slow: 3 of 8 lines do not fit; the first is (standard input), line 3\n';
      expect(await rows('--columns bytes,path')).toEqual({
        status: 0,
        stdout: 'bytes,path\n5,/a\n70,/ERROR/b\n6,/ERROR\n19,/a\n',
        stderr,
      });
      expect((await rows(`--filter ${source}`)).stdout).toBe('/ERROR/b 70\n/ERROR 6\n');
      expect((await rows(`--filter ${source} -p text=a`)).stdout).toBe('/a 5\n/a 19\n');
      for (const spilled of ['', '--group-memory 1']) {
        const by = await rows(`--aggregate ${source} --by path ${spilled}`);
        expect(by).toEqual({ status: 0, stdout: 'path,largest\n/ERROR,6\n/ERROR/b,70\n/a,19\n', stderr });
      }
      const without = await give(form, `plughost run --parse ${source} --aggregate ${source}`, folder);
      expect(without.stdout).toBe('largest\n""\n');
      expect((await give(form, `plughost load ${source}`, folder)).stdout).toBe('slow\nLooks for ERROR\n');
    },
  );

  it.skipIf(LACKS[form])(`works as one of each kind${LACKS[form]}`, { timeout: 240_000 }, async () => {
    const shown = {
      parser: 'path,bytes\n/an/ERROR,17\n',
      row_filter: '::1 - - [31/Jan/2026:09:30:00 +0000] "GET /an/ERROR HTTP/1.1" 200 17\n',
      aggregator: 'largest\n17\n',
    };
    for (const kind of ROW_KINDS)
      expect((await built([kind])).shown).toEqual({ status: 0, stdout: shown[kind], stderr: '' });
  });
});

describe('a new plugin of one kind', () => {
  const each = (form: NewFormName) => kindsOf(form).map((kind) => ({ kind, ...make(form, [kind]) }));
  const withRows = (form: 'c' | 'rust') => [
    ...each(form),
    ...ROW_KINDS.map((kind) => ({ kind, ...make(form, [kind]) })),
    { kind: 'rows', ...make(form, ROW_KINDS) },
  ];
  const problems = (program: string, args: string[], cwd: string) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
    return status === 0 ? stdout + stderr : `status ${status}: ${stdout}${stderr}`;
  };

  const uncompiled = ['rules', 'script', 'typescript', 'http'] as const;
  for (const form of uncompiled)
    it.skipIf(LACKS[form])(`works: ${form}${LACKS[form]}`, async () => {
      for (const { kind, folder } of each(form)) {
        const source = (await addressed(form, folder))(NEW_FORMS[form].source('slow'));
        const args = ['run', FLAG[kind], source];
        expect(seen(await host(args, { cwd: folder, input: LOG }))).toEqual({
          status: 0,
          stdout: OUTPUTS[kind],
          stderr: '',
        });
        for (const other of kindsOf(form).filter((one) => one !== kind)) {
          const refused = seen(await host(['run', FLAG[other], source], { cwd: folder }));
          expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(other)]);
        }
      }
    });

  it.skipIf(LACKS.c)(`compiles without a warning, formatted: c${LACKS.c}`, () => {
    const warnings = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only'];
    for (const { folder } of withRows('c')) {
      expect(problems('cc', [...warnings, `-I${ROOT}/native/include`, 'slow.c'], folder)).toBe('');
      if (lacking('clang-format')) continue;
      expect(problems('clang-format', [`--style=file:${ROOT}/.clang-format`, '-n', 'slow.c'], folder)).toBe('');
    }
  });

  it.skipIf(LACKS.rust)(
    `passes clippy and rustfmt, and its own tests: rust${LACKS.rust}`,
    { timeout: 240_000 },
    async () => {
      for (const { kind, folder } of withRows('rust')) {
        const checks =
          'cargo clippy --quiet --release --all-targets -- -D warnings && cargo fmt --check -- --config-path "$RULES"';
        const { status, stdout, stderr } = await give('rust', `RULES=${ROOT}/plugins-rust; ${checks}`, folder);
        expect({ kind, status, stdout, stderr }).toEqual({ kind, status: 0, stdout: '', stderr: '' });
        if (kind !== 'filter' && kind !== 'parser') continue;
        const tested = await give('rust', 'cargo test --quiet --release', folder);
        expect(tested.stdout, tested.stderr).toContain('1 passed');
      }
    },
  );

  it.skipIf(LACKS.go)(`passes go vet and gofmt: go${LACKS.go}`, { timeout: 240_000 }, () => {
    for (const { folder } of each('go')) {
      expect(problems('go', ['vet', './...'], folder)).toBe('');
      expect(problems('gofmt', ['-l', '.'], folder)).toBe('');
    }
  });

  it.skipIf(LACKS.python)(`compiles: python${LACKS.python}`, () => {
    for (const { folder } of each('python'))
      expect(problems('python3', ['-c', "compile(open('main.py').read(), 'main.py', 'exec')"], folder)).toBe('');
  });

  it('is formatted as this project: script, TypeScript and http', () => {
    for (const { folder } of [...each('script'), ...each('typescript'), ...each('http')])
      expect(problems(join(ROOT, 'node_modules/.bin/biome'), ['format', `--config-path=${ROOT}`, '.'], folder)).toMatch(
        /^Checked 1 file/,
      );
  });
});
