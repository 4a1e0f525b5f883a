import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KIND_NAMES, KINDS, type Kind } from '../../src/contract/kinds.js';
import { loadPlugin } from '../../src/index.js';
import { SERVED } from '../../src/loader/forms/served.js';
import { host, ROOT, seen, without } from '../e2e/command.js';
import { noHttp, servers, skipped } from '../forms/servers/servers.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { at, part, tinyWasm } from '../inspect/tiny-wasm.js';

const scratch = makeScratch();
const serve = servers(scratch);
let made = 0;

const manifestOf = (kind?: Kind) => ({
  ...{ id: 'org.example.x', name: 'x', version: '1.0.0' },
  ...(kind && { extensions: [KINDS[kind].id] }),
});

const write = (name: string, content: string | Buffer): string => {
  const path = join(scratch, `${made++}-${name}`);
  writeFileSync(path, content, { mode: 0o755 });
  return path;
};

/** Writes a module whose manifest names a kind. It has no code. */
const wasmOf = (kind: Kind): string => {
  const text = `plughost 1.2\nclang 22 wasm32-wasi\n${JSON.stringify(manifestOf(kind))}\n\0`;
  const exports = [part.export('plug_manifest', 3, 0)];
  return write('x.wasm', tinyWasm({ globals: [part.global(at(1024))], exports, data: [part.data(1024, text)] }));
};

/** Writes a program whose manifest beside it names a kind. */
const programOf = (kind: Kind): string => {
  const path = write('program', '#!/bin/sh\nexit 1\n');
  writeFileSync(`${path}.plughost.json`, JSON.stringify(manifestOf(kind)));
  return path;
};

const scriptOf = (kind?: Kind): string =>
  write('x.js', `/* plughost ${JSON.stringify(manifestOf(kind))} */\nexport default () => ({ filter: () => true });\n`);

const article = (kind: Kind) =>
  `${kind === 'aggregator' || kind === 'exporter' ? 'an' : 'a'} ${kind.replace('_', ' ')}`;

/** The forms that can be of a kind, as messages name them. */
const OTHERS: Partial<Record<Kind, string>> = {
  parser: 'a library can',
  row_filter: 'a file of rules, a script or a library can',
  aggregator: 'a script or a library can',
};

describe('a form and a kind', () => {
  it('go together as the table of the documentation says', () => {
    const page = readFileSync(join(ROOT, 'docs/forms/boundaries.md'), 'utf8');
    const [head = '', , ...lines] = /\n(\| \| filter \|.*?)\n\n/s.exec(page)?.[1]?.split('\n') ?? [];
    const cells = (line: string) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
    expect(cells(head).slice(1)).toEqual(KIND_NAMES.map((kind) => kind.replace('_', ' ')));
    const names = { wasm: 'WebAssembly', grpc: 'program', http: 'server', native: 'library, built in' } as const;
    for (const [form, { kinds }] of Object.entries(SERVED)) {
      const name = { ...names, builtin: names.native }[form] ?? form;
      const [line = []] = lines.map(cells).filter(([first]) => first === name);
      expect([name, ...KIND_NAMES.map((kind) => (kinds.includes(kind) ? 'yes' : ''))]).toEqual(line);
    }
  });

  it.each(['parser', 'row_filter', 'aggregator'] as const)('are refused before anything runs: %s', (kind) => {
    const sources = {
      wasm: wasmOf(kind),
      grpc: `grpc:${programOf(kind)}`,
      ...(kind === 'parser' && { script: scriptOf(kind) }),
    };
    for (const [form, source] of Object.entries(sources)) {
      const { one } = SERVED[form as keyof typeof sources];
      expect(thrown(() => loadPlugin(source))).toMatchObject({
        code: 'ERR_FORM_KIND',
        message: `plugin ${source.replace('grpc:', '')}: ${one} cannot be ${article(kind)}; ${OTHERS[kind]}`,
        hint: 'see docs/forms/boundaries.md',
      });
    }
  });

  const log = write('x.log', 'a line\n');
  const refusedBy = async (...args: string[]) => seen(await host(['run', log, ...args]));
  const refusal = (what: string) => ({
    status: 2,
    stdout: '',
    stderr: `host: plugin ${what}\n      see docs/forms/boundaries.md\n`,
  });

  it.skipIf(without.script || without.rules)(
    'are refused where a plugin is used as what its form cannot be',
    async () => {
      const rules = write('x.rules.json', JSON.stringify({ rules: 1, ...manifestOf(), keep: { text: 'a' } }));
      expect(await refusedBy('--parse', 'line', '--aggregate', rules)).toEqual(
        refusal('x: a file of rules cannot be an aggregator; a script or a library can'),
      );
      expect(await refusedBy('--export', rules)).toEqual(
        refusal('x: a file of rules cannot be an exporter; a script or a library can'),
      );
      expect(await refusedBy('--parse', scriptOf(), '--columns', 'a')).toEqual(
        refusal('x: a script cannot be a parser; a library can'),
      );
      expect(thrown(() => loadPlugin(scriptOf(), { needs: ['parser'] })).code).toBe('ERR_FORM_KIND');
      expect(thrown(() => loadPlugin(scriptOf(), { needs: ['aggregator'] })).code).toBe('ERR_CAPABILITY');
    },
  );

  it.skipIf(noHttp)(`are refused of a server${skipped(noHttp)}`, async () => {
    const serving = (kinds: object) =>
      serve.node(
        `server-${made}`,
        `import { createServer } from 'node:http';
const text = ${JSON.stringify(JSON.stringify({ manifest: manifestOf(), ...kinds }))};
createServer((_, response) => response.setHeader('content-type', 'application/json').end(text)).listen(process.argv[2]);
`,
        join(scratch, `${made++}.sock`),
      );
    const [filter, rows, parser] = await Promise.all([{ filter: {} }, { rowFilter: {} }, { parser: {} }].map(serving));
    expect(await refusedBy('--parse', 'line', '--aggregate', filter?.source ?? '')).toEqual(
      refusal('x: a server cannot be an aggregator; a script or a library can'),
    );
    expect(await refusedBy('--parse', 'line', '--filter', rows?.source ?? '')).toEqual(
      refusal(`${rows?.source}: a server cannot be a row filter; a file of rules, a script or a library can`),
    );
    expect(await refusedBy('--parse', parser?.source ?? '', '--columns', 'a')).toEqual(
      refusal(`${parser?.source}: a server cannot be a parser; a library can`),
    );
  });
});
