import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLock, loadPlugin, lockEntryOf } from '../../src/index.js';
import { parseHttpSource } from '../../src/loader/forms/http-source.js';
import { bash, host, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { blocksOf } from '../helpers/pages.js';
import { thrown } from '../helpers/thrown.js';
import { type Answer, type Asked, rawServers, says } from './servers/raw.js';
import { freePort, noHttp, noPython, servers, skipped } from './servers/servers.js';

const scratch = makeScratch();
const serve = servers(scratch);
const LOG = join(ROOT, 'samples/access.log');
const lines = readFileSync(LOG, 'latin1').split(/(?<=\n)/);

describe('the source of a server', () => {
  it.each([
    ['http://127.0.0.1:9000', { at: { host: '127.0.0.1', port: 9000 }, authority: '127.0.0.1:9000', base: '' }],
    ['http://localhost/', { at: { host: 'localhost', port: 80 }, authority: 'localhost', base: '' }],
    ['http://[::1]:9/a/b//', { at: { host: '::1', port: 9 }, authority: '[::1]:9', base: '/a/b' }],
    ['http://127.1:80/%20/../x', { at: { host: '127.0.0.1', port: 80 }, authority: '127.0.0.1', base: '/x' }],
    ['http+unix:/run/a b.sock', { at: { socket: '/run/a b.sock' }, authority: 'localhost', base: '' }],
    ['http+unix:/run/x:/', { at: { socket: '/run/x' }, authority: 'localhost', base: '' }],
    ['http+unix:/run/x:/logs/', { at: { socket: '/run/x' }, authority: 'localhost', base: '/logs' }],
  ])('%s is read', (source, wanted) => {
    expect(parseHttpSource(source)).toEqual(wanted);
  });

  it.each([
    ['http://', 'it is no URL'],
    ['http://:9000', 'it is no URL'],
    ['http://127.0.0.1:99999', 'it is no URL'],
    ['http://127.0.0.1:0', 'nothing listens on port 0'],
    ['http://127.0.0.1:9000/?a=b', 'it has a query or a fragment'],
    ['http://127.0.0.1:9000/#a', 'it has a query or a fragment'],
    ['http://127.0.0.1:9000/a b', 'there is a space or a backslash in its URL'],
    ['http:\\\\127.0.0.1', 'no separator'],
    ['http://127.0.0.1\\@example.org', 'there is a space or a backslash in its URL'],
    ['http://127.0.0.1:9000/\r\nx: y', 'there is a control character in it'],
    ['http+unix:/run/x\n', 'there is a control character in it'],
    ['http+unix:', 'no socket is named'],
    ['http+unix::/logs', 'no socket is named'],
    ['http+unix:/run/x:/?a', 'it has a query or a fragment'],
    ['https://127.0.0.1:9000', 'TLS is not spoken here'],
    ['http://example.org', 'lines would leave this machine'],
    ['http://10.0.0.1:9000', 'lines would leave this machine'],
    ['http://0.0.0.0:9000', 'lines would leave this machine'],
    ['http://[::ffff:127.0.0.1]:9000', 'lines would leave this machine'],
    ['http://127.0.0.1.example.org', 'lines would leave this machine'],
    ['http://localhost.example.org', 'lines would leave this machine'],
  ])('%j is refused', (source, words) => {
    const error = thrown(() => loadPlugin(source));
    if (words === 'no separator') return expect(error).toMatchObject({ code: 'ERR_PLUGIN_NOT_FOUND' });
    expect(error).toMatchObject({ code: 'ERR_USAGE' });
    expect(error.message).toContain(words);
    return expect(error.hint).not.toBe('');
  });

  it.each([
    'http://me:secret@127.0.0.1:9000',
    'http://secret@127.0.0.1',
    'http://@127.0.0.1/secret@',
    'https://a:secret@b',
  ])('with credentials, as in %s, is refused without showing them', (source) => {
    const error = thrown(() => loadPlugin(source));
    expect(error).toMatchObject({ code: 'ERR_USAGE' });
    expect(error.message).toContain('…@');
    if (!source.endsWith('secret@')) expect(`${error.message}${error.hint}`).not.toContain('secret');
  });

  it('is refused in a sandbox, and with a lock', () => {
    const lock = join(scratch, 'lock');
    writeFileSync(lock, formatLock([]));
    const source = 'http://127.0.0.1:9';
    expect(thrown(() => loadPlugin(source, { isolate: { sandbox: true } })).message).toContain(
      'no sandbox holds a server',
    );
    expect(thrown(() => loadPlugin(source, { lock })).message).toContain('so no lock can list it');
    expect(thrown(() => lockEntryOf(source)).message).toContain('so no lock can list it');
  });

  it('may be a host elsewhere if that is allowed, which is then asked', async () => {
    // No name server knows it: RFC 6761.
    const source = 'http://nobody.invalid:9000';
    const { status, stderr } = seen(await host(['load', source, '--allow-host', 'NOBODY.invalid']));
    expect([status, stderr]).toEqual([2, expect.stringContaining(noHttp ? 'libhttp' : 'it cannot be reached')]);
    expect(seen(await host(['load', source, '--allow-host', 'invalid'])).stderr).toContain(
      '--allow-host nobody.invalid',
    );
    expect(thrown(() => loadPlugin(source, { allowHosts: ['nobody.invalid'] }))).toMatchObject({
      code: noHttp ? 'ERR_FORM_MISSING' : 'ERR_HTTP',
    });
  });

  it('must be a socket that nobody else could have placed', () => {
    const path = join(scratch, 'plain');
    writeFileSync(path, '');
    expect(thrown(() => loadPlugin(`http+unix:${path}`))).toMatchObject({ code: 'ERR_INPUT' });
    expect(thrown(() => loadPlugin(`http+unix:${path}.none`))).toMatchObject({ code: 'ERR_REALPATH' });
    chmodSync(path, 0o666);
    expect(thrown(() => loadPlugin(`http+unix:${path}`))).toMatchObject({ code: 'ERR_UNTRUSTED_FILE' });
  });
});

describe.skipIf(noHttp)(`a server in Node${skipped(noHttp)}`, () => {
  it('is a filter, over a port and a socket, with several workers', { timeout: 60_000 }, async () => {
    const port = await serve.contains();
    const socket = await serve.contains(join(scratch, 'contains.sock'));
    const wanted = lines.filter((line) => line.includes('Googlebot')).join('');
    for (const { source } of [port, socket]) {
      for (const place of [[], ['--isolate', '-j', '2']]) {
        const args = ['run', LOG, '--filter', source, '-p', 'text=Googlebot', ...place];
        expect(seen(await host(args))).toEqual({ status: 0, stdout: wanted, stderr: '' });
      }
    }
  });

  it('serves runs with different options at the same time', { timeout: 60_000 }, async () => {
    const { source } = await serve.contains();
    const texts = ['GET', 'POST', 'Googlebot', '404'];
    const made = await Promise.all(texts.map((text) => host(['run', LOG, '--filter', source, '-p', `text=${text}`])));
    expect(made.map((one) => seen(one).stdout)).toEqual(
      texts.map((text) => lines.filter((line) => line.includes(text)).join('')),
    );
  });

  it('says what it is', { timeout: 60_000 }, async () => {
    const { source } = await serve.contains();
    const shown = seen(await host(['inspect', `${source}/`]));
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout).toMatch(/format +http\n/);
    expect(shown.stdout).toMatch(/plugin +contains-node 1\.0\.0 \(org\.example\.contains\)\n/);
    expect(seen(await host(['run', '--filter', source, '--help'])).stdout).toContain('-p text=STRING');
    expect(seen(await host(['load', source])).stderr).toMatch(/"text" is missing/);
    using plugin = loadPlugin(source, { config: { text: 'x' } });
    expect([plugin.form, plugin.label, plugin.name, plugin.isolated, plugin.run()]).toEqual([
      'http',
      'contains-node',
      'contains-node',
      true,
      '',
    ]);
    expect([plugin.filter?.test('axb'), plugin.filter?.test('ab')]).toEqual([true, false]);
  });

  it('does what the documentation shows', { timeout: 60_000 }, async () => {
    const { source } = await serve.contains();
    const block = blocksOf('docs/forms/http.md').find(({ language }) => language === 'sh')?.text ?? '';
    const commands = block.trim().split('\n');
    expect(commands.length).toBe(3);
    for (const command of commands) {
      const here = command.replace('http://127.0.0.1:9000', source).replace('access.log', LOG);
      const made = seen(await bash(`plughost() { "$HOST" "$@"; }; ${here}`));
      expect(made, command).toMatchObject({ status: 0, stderr: '' });
      expect(made.stdout, command).not.toBe('');
    }
  });

  it('is not asked by completions, and its adapter is no plugin', { timeout: 60_000 }, async () => {
    expect(seen(await host(['load', 'http'])).stderr).toContain('such as http://127.0.0.1:9000');
    expect(seen(await host(['list'])).stdout).not.toMatch(/\bhttp\b/);
  });
});

describe.skipIf(noHttp)(`what a server is asked${skipped(noHttp)}`, () => {
  const raw = rawServers();
  const plugin = (fields: object, properties: object = {}) => {
    const config = { type: 'object', properties };
    return says(JSON.stringify({ manifest: { id: 'a.b', name: 'asked', version: '1.0.0', config }, ...fields }));
  };

  it('is what the documentation says', { timeout: 60_000 }, async () => {
    const asked: Asked[] = [];
    const keeps: Answer = (socket, one) => {
      asked.push(one);
      says(JSON.stringify({ kept: [0, one.body.length] }))(socket, one);
    };
    const describes: Answer = (socket, one) => {
      asked.push(one);
      plugin({ filter: {} }, { a: { type: 'integer', default: 7 } })(socket, one);
    };
    const takes: Answer = (socket, one) => {
      asked.push(one);
      says('')(socket, one);
    };
    const source = await raw({
      'GET /x/v1/plugin': describes,
      'PUT /x/v1/config': takes,
      'POST /x/v1/match': keeps,
    });
    for (const value of [7, 8, 8]) {
      const { status } = await host(['run', LOG, '--filter', `${source}/x/`, '-p', `a=${value}`, '-j', '1']);
      expect(status).toBe(0);
    }
    const of = (what: string) => asked.filter((one) => one.what.startsWith(what));
    expect(of('GET')[0]?.headers).toMatchObject({ accept: 'application/json', host: source.slice('http://'.length) });
    expect(new Set(of('PUT').map(({ body }) => body))).toEqual(new Set(['{"a":7}', '{"a":8}']));
    const ids = of('PUT').map(({ headers, body }) => [body, headers['plughost-config']]);
    // The same options have the same name.
    expect(new Set(ids.map(String)).size).toBe(2);
    expect(new Set(of('PUT').map(({ headers }) => headers['content-type']))).toEqual(new Set(['application/json']));
    for (const { headers } of of('POST')) {
      expect(headers).toMatchObject({
        accept: 'application/octet-stream, application/json',
        'content-type': 'application/octet-stream',
        'plughost-config': expect.stringMatching(/^[0-9a-f]{32}$/),
        'plughost-stream': expect.stringMatching(/^[0-9a-f]{32}$/),
        'plughost-request': expect.stringMatching(/^[0-9]+$/),
        'user-agent': expect.stringMatching(/^plughost\//),
      });
    }
    const bodies = of('POST').map(({ body }) => body);
    // What becomes of a line depends on that line alone, so blocks come in any order.
    const sorted = (text: string) => text.split('\n').sort();
    expect(sorted(bodies.join(''))).toEqual(sorted(lines.join('').repeat(3)));
    expect(bodies.every((body) => body.endsWith('\n') && body.length <= 768 << 10)).toBe(true);
  });

  it('is about lines with a literal alone, if it states some', { timeout: 60_000 }, async () => {
    const got: string[] = [];
    const source = await raw({
      'GET /v1/plugin': plugin({ filter: {} }),
      'PUT /v1/config': says('{"literals": ["Exabot", "Slurp"]}'),
      'POST /v1/match'(socket, one) {
        got.push(one.body);
        says(JSON.stringify({ kept: [0, one.body.length] }))(socket, one);
      },
    });
    const { stdout } = seen(await host(['run', LOG, '--filter', source, '-j', '1']));
    const wanted = lines.filter((line) => /Exabot|Slurp/.test(line)).join('');
    expect([stdout, got.join('').split('\n').sort()]).toEqual([wanted, wanted.split('\n').sort()]);
  });

  it('comes from one worker, in the order of the lines, if it is ordered', { timeout: 60_000 }, async () => {
    const big = join(scratch, 'ordered');
    const text = Array.from({ length: 300_000 }, (_, i) => `line ${i}\n`).join('');
    writeFileSync(big, text);
    let got = '';
    const source = await raw({
      'GET /v1/plugin': plugin({ filter: { ordered: true } }),
      'POST /v1/match'(socket, one) {
        got += one.body;
        says(JSON.stringify({ kept: [0, one.body.length] }))(socket, one);
      },
    });
    const { status, stdout } = seen(await host(['run', big, '--filter', source, '-j', '2', '-c']));
    expect([status, stdout, got === text]).toEqual([0, '300000\n', true]);
  });

  it('is nothing if nobody listens', async () => {
    const source = `http://127.0.0.1:${await freePort()}`;
    const { status, stdout, stderr } = seen(await host(['inspect', source]));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `host: ask plugin ${source}: it cannot be reached: Connection refused (os error 111)\n      see docs/forms/http.md\n`,
    );
  });
});

describe.skipIf(noPython)(`a server in Python${skipped(noPython)}`, () => {
  it('is a transform', { timeout: 60_000 }, async () => {
    const { source } = await serve.mask();
    const masked = lines.map((line) => line.replace(/[0-9]+/g, '#')).join('');
    for (const more of [[], ['--isolate', '-j', '2']]) {
      const { status, stdout, stderr } = await host(['run', LOG, '--transform', source, ...more]);
      expect({ status, stdout: stdout.toString('latin1'), stderr }).toEqual({ status: 0, stdout: masked, stderr: '' });
    }
  });
});

it('the servers of the documentation have at most 25 lines', () => {
  const programs = blocksOf('docs/forms/http.md').filter(({ language }) => /^(js|py)$/.test(language));
  expect(programs.map(({ text }) => text.split('\n').filter(Boolean).length <= 25)).toEqual([true, true]);
});
