import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin } from '../../src/index.js';
import { bash, host, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { blocksOf } from '../helpers/pages.js';
import { thrown } from '../helpers/thrown.js';
import { goProgram, skippedFor } from '../remote/peers/peers.js';
import { documented, goPlugin } from '../remote/peers/plugins.js';
import { go, python } from './programs.js';

const scratch = makeScratch();

const SHOWS = `package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/plughost/plughost/plugins-go/plughost"
)

func main() {
	plughost.Serve(plughost.Plugin{
		Manifest: \`{"id": "org.example.shows", "name": "shows", "version": "1.0.0"}\`,
		Run: func(_ context.Context, out io.Writer) error {
			names := []string{}
			for _, variable := range os.Environ() {
				name, _, _ := strings.Cut(variable, "=")
				if !strings.HasPrefix(name, "PLUGIN_") {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			_, err := fmt.Fprintf(out, "%q %q %q", os.Args[1:], names, os.Getenv("ONE"))
			return err
		},
	})
}
`;
const shows = goPlugin('shows', SHOWS);
const program = 'missing' in shows ? '' : shows.program;
const lacks = 'missing' in shows ? ` (skipped: ${shows.missing})` : go(scratch, 'shows', SHOWS).lacks;

const env = { HOME: '/', LANG: 'C', ONE: 'a b', TWO: 'c', SECRET: 'd' };

const contains = {
  go: go(scratch, 'contains', documented('go')),
  py: python(scratch, 'contains.py', documented('py')),
};
const undocumented = contains.go.lacks || contains.py.lacks;

describe('the documentation', () => {
  const [commands] = blocksOf('docs/forms/other-processes.md').filter(({ language }) => language === 'sh');
  const printed = ['…\n', '2\n', 'contains-python\nPython 3\n', '…\n'];
  const lines = (commands?.text ?? '').trim().split('\n');

  it('has as many commands as are run here', () => expect(lines).toHaveLength(printed.length));

  it.skipIf(undocumented).each(lines.map((line, i) => [line, printed[i] ?? '']))(
    `shows commands that work: %s${undocumented}`,
    { timeout: 60_000 },
    async (line, output) => {
      writeFileSync(join(scratch, 'access.log'), 'by Googlebot\nby me\nby Googlebot too\n');
      const { status, stdout, stderr } = seen(await bash(`plughost() { "$HOST" "$@"; }; ${line}`, { cwd: scratch }));
      expect([status, stderr]).toEqual([0, '']);
      if (!line.includes('run')) expect(stdout).toContain(output.replace('…\n', 'only the program itself can say'));
      else expect(stdout).toBe(output.replace('…', 'by Googlebot\nby Googlebot too'));
    },
  );

  it.each(['go', 'py'])('has a whole plugin in at most 25 lines: %s', (language) => {
    const written = documented(language).trim().split('\n');
    expect(written.length).toBeGreaterThan(10);
    expect(written.length).toBeLessThanOrEqual(25);
  });
});

describe('a program', () => {
  it.skipIf(lacks).each([
    [[`grpc:${program}`], '[] ["HOME" "LANG" "PATH" "PLUGHOST_PLUGIN" "TMPDIR"] ""'],
    [
      [`grpc:${program} --its 'a b' "c\\"d" e\\ f`, '--env', 'ONE', '--env=TWO'],
      '["--its" "a b" "c\\"d" "e f"] ["HOME" "LANG" "ONE" "PATH" "PLUGHOST_PLUGIN" "TMPDIR" "TWO"] "a b"',
    ],
  ])(`gets its arguments and few variables: %j${lacks}`, { timeout: 60_000 }, async (args, said) => {
    const { status, stdout, stderr } = seen(await host(['load', ...args], { env }));
    expect([status, stdout, stderr]).toEqual([0, `gRPC\n${said}\n`.replace('gRPC', 'shows'), '']);
  });

  it.skipIf(lacks)(`may have spaces in its path${lacks}`, { timeout: 60_000 }, async () => {
    const folder = join(scratch, 'a folder');
    mkdirSync(folder);
    copyFileSync(program, join(folder, 'a program'));
    chmodSync(join(folder, 'a program'), 0o755);
    for (const source of [`grpc:${folder}/a program`, `grpc:'${folder}/a program' x`, 'grpc:./a program']) {
      const { status, stdout } = seen(await host(['load', source], { cwd: folder, env }));
      expect([status, stdout.slice(0, 6)]).toEqual([0, 'shows\n']);
    }
  });

  const old = goProgram('old', join(import.meta.dirname, '../remote/peers/old'), join(ROOT, 'plugins-go/plughost'));
  const without = 'path' in old ? lacks : skippedFor(old);
  it.skipIf(without)(`may be of the year 2019${without}`, { timeout: 60_000 }, async () => {
    const log = join(scratch, 'old.log');
    writeFileSync(log, 'a\nb\nab\n');
    const folder = join(scratch, 'old-temporary');
    mkdirSync(folder);
    const args = ['run', log, '--filter', `grpc:${'path' in old ? old.path : ''}`, '-p', 'Text=a'];
    expect(seen(await host(args, { env: { TMPDIR: folder } }))).toEqual({ status: 0, stdout: 'a\nab\n', stderr: '' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(lacks)(`is refused a variable that there is not${lacks}`, async () => {
    const { status, stderr } = seen(await host(['load', `grpc:${program}`, '--env', 'THREE'], { env }));
    expect([status, stderr]).toEqual([2, `host: load plugin grpc:${program}: there is no variable THREE to pass on\n`]);
  });

  it.skipIf(lacks)(`is loaded by the library${lacks}`, { timeout: 60_000 }, () => {
    process.env.ONE = 'from the library';
    try {
      using plugin = loadPlugin(`grpc:${program}`, { isolate: { env: ['ONE'] } });
      expect([plugin.form, plugin.label, plugin.isolated]).toEqual(['grpc', 'shows', true]);
      expect(plugin.run()).toMatch(/"ONE" .*"from the library"$/);
      expect(plugin.filter).toBe(undefined);
    } finally {
      delete process.env.ONE;
    }
    expect(thrown(() => loadPlugin(`grpc:${program}`, { isolate: { env: ['ONE'] } })).message).toContain(
      'there is no variable ONE to pass on',
    );
  });
});

const every = go(
  scratch,
  'every',
  `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/plughost/plughost/plugins-go/plughost"
)

func main() {
	var options struct{ Word string }
	plughost.Serve(plughost.Plugin{
		Manifest: \`{"id": "org.example.every", "name": "every", "version": "1.0.0"}\`,
		Init:     func(config []byte) error { return json.Unmarshal(config, &options) },
		Filter:   func(line []byte) (bool, error) { return bytes.Contains(line, []byte(options.Word)), nil },
		Transform: func(line []byte) (plughost.Change, error) {
			return plughost.Replace(append([]byte(options.Word+" "), line...)), nil
		},
		Export: &plughost.Exporter{
			Begin: func(out io.Writer) error { _, err := fmt.Fprintln(out, "begin", options.Word); return err },
			Line:  func(out io.Writer, line []byte) error { _, err := fmt.Fprintf(out, "<%s>\\n", line); return err },
			End:   func(out io.Writer) error { _, err := fmt.Fprintln(out, "end"); return err },
		},
	})
}
`,
);

const snake = python(
  scratch,
  'snake',
  `import plughost

options = {}
plughost.serve(plughost.Plugin(
    manifest={"id": "org.example.snake", "name": "snake", "version": "1.0.0"},
    init=options.update,
    filter=lambda line: options["Word"].encode() in line,
    transform=lambda line: plughost.DROP if b"3" in line else line + b"\\n" + line if b"55" in line else None,
    exporter=plughost.Exporter(begin=lambda: b"(", line=lambda line: line + b";", end=lambda: b")"),
))
`,
);

describe('programs in one run', () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 60)}`);
  const log = join(scratch, 'log');
  writeFileSync(log, lines.join('\n'));
  const word = (text: string) => ['-p', `Word=${text}`];
  const sevens = lines.filter((line) => line.includes('7'));
  const fives = sevens.filter((line) => line.includes('5'));
  const snaked = fives.flatMap((line) => (line.includes('3') ? [] : line.includes('55') ? [line, line] : [line]));
  const missing = every.lacks || snake.lacks;

  it.skipIf(missing).each([
    ['-j1', ['-j', '1']],
    ['-j2', ['-j', '2']],
  ])(`filter, change and write in order, %s${missing}`, { timeout: 120_000 }, async (_, workers) => {
    const args = [
      ...['run', log, ...workers, '--filter', every.source, ...word('7'), '--filter', snake.source, ...word('5')],
      ...['--transform', snake.source, ...word(''), '--transform', every.source, ...word('changed')],
      ...['--export', every.source, ...word('out')],
    ];
    const { status, stdout, stderr } = seen(await host(args));
    expect([status, stderr]).toEqual([0, '']);
    // Both texts would be too long for a message.
    const expected = ['begin out', ...snaked.map((line) => `<changed ${line}>`), 'end', ''].join('\n');
    expect(stdout === expected).toBe(true);
  });

  it.skipIf(missing)(`write what another stage made, by Python${missing}`, { timeout: 60_000 }, async () => {
    const args = ['run', log, '--filter', 'contains', '-p', 'text=777', '--export', snake.source];
    const { status, stdout } = seen(await host([...args, ...word('')]));
    expect(status).toBe(0);
    expect(stdout).toBe(
      `(${lines
        .filter((line) => line.includes('777'))
        .map((line) => `${line};`)
        .join('')})`,
    );
  });

  it.skipIf(missing)(`write all lines where they lie in their block${missing}`, { timeout: 60_000 }, async () => {
    const { status, stdout } = seen(await host(['run', log, '--export', every.source, ...word('all')]));
    expect(status).toBe(0);
    expect(stdout === ['begin all', ...lines.map((line) => `<${line}>`), 'end', ''].join('\n')).toBe(true);
  });

  it.skipIf(missing)(`are named in a configuration${missing}`, { timeout: 60_000 }, async () => {
    const config = join(scratch, 'programs.json');
    // Relative to the folder of the file, and with an argument that needs quotes.
    const stage = { filter: "grpc:./every 'an argument'", params: { Word: '7' } };
    writeFileSync(config, JSON.stringify({ stages: [stage], env: ['ONE'] }));
    const { status, stdout, stderr } = seen(await host(['run', log, '--config', config, '-c'], { env }));
    expect([status, stdout, stderr]).toEqual([0, `${sevens.length}\n`, '']);
  });
});
