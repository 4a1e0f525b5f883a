import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exec, host, ROOT, seen } from './command.js';
import { asNobody, noNobody, scratch } from './user.js';

const FORMS = 'rules, script, typescript, c, wasm, rust, go, python, http';

/** Makes a project that has plughost in its node_modules. */
function project(): string {
  const folder = mkdtempSync(join(scratch, 'project-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT.replace(/\/$/, ''), join(folder, 'node_modules/plughost'));
  return folder;
}

/** The files of a project. Does not look into node_modules, which is a link to this whole clone. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) => [
      entry.name,
      ...(entry.isDirectory() ? filesIn(join(folder, entry.name)).map((file) => `${entry.name}/${file}`) : []),
    ])
    .sort();

describe('host new', () => {
  it('says what it made and what to do next', async () => {
    const folder = project();
    expect(seen(await host(['new', 'c', 'slow'], { cwd: folder }))).toEqual({
      status: 0,
      stdout: `slow/slow.c
slow/CMakeLists.txt
slow/README.md
slow/.gitignore

Next:
  cd slow
  cmake -S . -B build
  cmake --build build
  echo 'an ERROR' | npx plughost run --filter ./build/libslow.so

How to go on: ../node_modules/plughost/docs/writing-plugins-c.md
`,
      stderr: '',
    });
    expect(filesIn(folder)).toEqual([
      'slow',
      ...['.gitignore', 'CMakeLists.txt', 'README.md', 'slow.c'].map((file) => `slow/${file}`),
    ]);
    expect(readFileSync(join(folder, 'slow/CMakeLists.txt'), 'utf8')).toBe(`cmake_minimum_required(VERSION 3.22)
project(slow LANGUAGES C)
find_package(plughost 1.0 REQUIRED HINTS "../node_modules/plughost/cmake") # the version of the contract
plughost_add_plugin(slow slow.c)
`);
    expect(readFileSync(join(folder, 'slow/README.md'), 'utf8')).toBe(`# slow

A plugin of plughost. These commands build it and try it:

    cmake -S . -B build
    cmake --build build
    echo 'an ERROR' | npx plughost run --filter ./build/libslow.so

How to go on: ../node_modules/plughost/docs/writing-plugins-c.md
`);
  });

  it('makes one file in another folder, of the kinds that are named', async () => {
    const folder = project();
    mkdirSync(join(folder, 'my plugins'));
    const args = ['new', 'rules', 'slow', '-C', 'my plugins', '--kind', 'transform', '--kind', 'filter'];
    expect(seen(await host(args, { cwd: folder }))).toEqual({
      status: 0,
      stdout: `my plugins/slow.rules.json

Next:
  cd 'my plugins'
  echo 'an ERROR' | npx plughost run --filter ./slow.rules.json --transform ./slow.rules.json

How to go on: ../node_modules/plughost/docs/forms/rules.md
`,
      stderr: '',
    });
    const { $schema, keep, replace } = JSON.parse(readFileSync(join(folder, 'my plugins/slow.rules.json'), 'utf8'));
    expect([$schema, keep, replace]).toEqual([
      '../node_modules/plughost/dist/rules.schema.json',
      { text: 'ERROR' },
      [{ regex: 'ERROR', with: '[$0]' }],
    ]);
  });

  it.each([
    [[], 'new: no FORM is given', `it is one of ${FORMS}`],
    [['ruls', 'x'], 'new: there is no form ruls', 'did you mean rules?'],
    [['cobol', 'x'], 'new: there is no form cobol', `there are ${FORMS}`],
    [['constructor', 'x'], 'new: there is no form constructor', `there are ${FORMS}`],
    [['go'], 'new: no NAME is given', 'write: plughost new go NAME'],
    [['go', 'a', 'b'], 'new: b: one plugin at a time', ''],
    [['go', '-rf'], 'new: there is no option -r', 'see: plughost new --help'],
    [
      ['go', '--', '-rf'],
      'new: "-rf": a name begins with a letter from a to z, and has these letters, digits, - and _, at most 64',
      'write: plughost new go NAME',
    ],
    [
      ['go', 'x', '--kind', 'row_filter'],
      'new: --kind row_filter: it is one of filter, transform, exporter, parser, row-filter, aggregator',
      '',
    ],
    [
      ['go', 'x', '--kind', 'row-filter'],
      'new: go cannot be of the kind row-filter',
      'a script can: plughost new script x --kind row-filter',
    ],
    [
      ['c', 'x', '--kind', 'parser', '--kind', 'filter'],
      'new: filter and parser: one is about lines, and one about rows',
      'make a plugin for each of the two',
    ],
    [
      ['rules', 'x', '--kind', 'exporter'],
      'new: rules cannot be of the kind exporter',
      'a script can: plughost new script x --kind exporter',
    ],
    [['go', 'x', '-C', 'none'], 'write none: no such file or directory', 'make the folder first'],
    [
      ['go', 'taken'],
      'write taken: there is one already, and nothing is overwritten',
      'choose another name, or another folder: --directory DIR',
    ],
  ])('refuses %j and leaves nothing', async (args, message, hint) => {
    const folder = project();
    mkdirSync(join(folder, 'taken'));
    expect(seen(await host(['new', ...args], { cwd: folder }))).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: ${message}\n${hint && `      ${hint}\n`}`,
    });
    expect(filesIn(folder)).toEqual(['taken']);
  });

  it.skipIf(noNobody)(`leaves nothing in a folder that cannot be written${noNobody}`, async () => {
    const folder = project();
    for (const [form, path] of [
      ['c', 'slow'],
      ['script', 'slow.js'],
    ] as const) {
      const [program, ...before] = asNobody;
      const refused = seen(await exec(program, [...before, 'new', form, 'slow'], { cwd: folder }));
      expect(refused).toEqual({ status: 2, stdout: '', stderr: `host: write ${path}: permission denied\n` });
    }
    expect(filesIn(folder)).toEqual([]);
  });

  it('refuses a path of the package that would be a command in a build file', async () => {
    const folder = mkdtempSync(join(scratch, 'odd-'));
    const odd = join(folder, 'a"b');
    mkdirSync(odd);
    // Only what the command needs of a package.
    for (const part of ['bin', 'dist']) mkdirSync(join(odd, part));
    for (const file of ['bin/host.js', 'bin/package.json', 'dist/host.cjs'])
      writeFileSync(join(odd, file), readFileSync(join(ROOT, file)), { mode: 0o755 });
    const refused = seen(await exec(join(odd, 'bin/host.js'), ['new', 'c', 'slow'], { cwd: folder }));
    expect(refused).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: refer to the package in ${odd}: its path has a character that build files cannot hold
      install plughost in the folder of the plugin, or move it to another path
`,
    });
  });
});
