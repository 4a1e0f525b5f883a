import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { type Answer, type Asked, ends, rawServers, says, writes } from './servers/raw.js';
import { freePort, noHttp, servers, skipped } from './servers/servers.js';

/*
 * Servers that do everything wrong. Each is good until it gets a line with the word "bad".
 */

const scratch = makeScratch();
const raw = rawServers();
const serve = servers(scratch);
const log = join(scratch, 'log');
writeFileSync(log, 'one\ntwo\nbad\nfour\n');

const PLUGIN = 'GET /v1/plugin';
const CONFIG = 'PUT /v1/config';
const MATCH = 'POST /v1/match';
const APPLY = 'POST /v1/apply';
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
const BYTES = 'application/octet-stream';

/** Writes without end, as fast as the other side reads. */
const pours =
  (head: string, part: string): Answer =>
  (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(part));
    };
    socket.on('drain', more);
    socket.write(head);
    more();
  };

/** Writes a little at a time. */
const drips =
  (head: string, part = ' '): Answer =>
  (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(part), 20);
    socket.on('close', () => clearInterval(timer));
  };

describe.skipIf(noHttp)(`a server that is no plugin${skipped(noHttp)}`, () => {
  const whole = (fields: object) =>
    says(JSON.stringify({ manifest: { id: 'a.b', name: 'a', version: '1.0.0' }, filter: {}, ...fields }));
  const refused: [string, Record<string, Answer>, string][] = [
    [
      'redirects',
      { [PLUGIN]: says('', 'text/plain', '302 Found', 'location: http://10.0.0.1/\r\n') },
      'it answered 302 Found and named http://10.0.0.1/, which is not followed',
    ],
    [
      'is a web site',
      { [PLUGIN]: says('<html>', 'text/html; charset=utf-8') },
      'it is no plugin: it described itself by "text/html" and not by application/json',
    ],
    [
      'knows no such path',
      { [PLUGIN]: says('\n  no such path \nmore', 'text/plain', '404 Not Found') },
      'it answered 404 Not Found: no such path\n',
    ],
    [
      'wants to be known',
      { [PLUGIN]: says('', '', '401 Unauthorized', 'www-authenticate: Basic\r\n') },
      'it answered 401 Unauthorized\n',
    ],
    [
      'reports a problem',
      { [PLUGIN]: says('{"problem": {"code": -4, "message": "not now"}}', 'application/json', '503 Busy') },
      'not now\n',
    ],
    [
      'has words for the terminal',
      { [PLUGIN]: says('\x1b[2Jgone', 'text/plain', '500 Oh') },
      'it answered 500 Internal Server Error: \\x1b[2Jgone\n',
    ],
    ['writes no JSON', { [PLUGIN]: says('{"manifest": ') }, 'what it says of itself cannot be used: EOF'],
    [
      'has no manifest',
      { [PLUGIN]: says('{"filter": {}}') },
      'what it says of itself cannot be used: missing field `manifest`',
    ],
    [
      'has no filter but a number',
      { [PLUGIN]: whole({ filter: 1 }) },
      'what it says of itself cannot be used: invalid type',
    ],
    ['speaks another language', { [PLUGIN]: ends('SSH-2.0-OpenSSH_9.2\r\n') }, 'invalid HTTP version parsed'],
    ['says nothing', { [PLUGIN]: ends() }, 'connection closed before message completed'],
    ['ends its answer early', { [PLUGIN]: ends(`${HEAD}content-length: 100\r\n\r\n{`) }, 'its answer ended early'],
    ['ends a chunk early', { [PLUGIN]: ends(`${CHUNKED}10\r\n{`) }, 'its answer ended early'],
    [
      'has two lengths',
      { [PLUGIN]: ends(`${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\n{}`) },
      'invalid content-length parsed',
    ],
    [
      'compresses',
      { [PLUGIN]: says('x', 'application/json', '200 OK', 'content-encoding: gzip\r\n') },
      'it compressed its answer',
    ],
    [
      'has a head without end',
      { [PLUGIN]: pours('HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(999)}\r\n`) },
      'message head is too large',
    ],
    [
      'has a body without end',
      { [PLUGIN]: pours(CHUNKED, `400\r\n${' '.repeat(1024)}\r\n`) },
      'its answer is longer than 65536 bytes',
    ],
    [
      'states a body of a terabyte',
      { [PLUGIN]: writes(`${HEAD}content-length: 1000000000000\r\n\r\n`) },
      'its answer is longer than 65536 bytes',
    ],
    ['does not know its own options', { [CONFIG]: says('', '', '409 Conflict') }, 'it answered 409 Conflict\n'],
    ['has an empty literal', { [CONFIG]: says('{"literals": [""]}') }, 'its literals are not at most 16 texts'],
    [
      'answers the options by text',
      { [CONFIG]: says('fine', 'text/plain') },
      'its answer is of the type "text/plain" and not application/json',
    ],
    [
      'never comes to the point',
      { [PLUGIN]: drips(CHUNKED.replace('transfer-encoding: chunked', 'content-length: 9999')) },
      'it did not answer within 8 s',
    ],
    [
      'only says that it will',
      { [PLUGIN]: drips('', 'HTTP/1.1 103 Early Hints\r\n\r\n') },
      'it did not answer within 8 s',
    ],
  ];
  it.concurrent.each(refused)('and %s is told apart', { timeout: 60_000 }, async (_, answers, words) => {
    const source = await raw(answers);
    const { status, stdout, stderr } = seen(await host(['load', source]));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`host: ask plugin ${source}: `);
    expect(stderr).toContain(words);
  });

  it('says why its options cannot be used', async () => {
    const problem = says(
      '{"problem": {"code": -2, "message": "there is no such table"}}',
      'application/json',
      '400 Bad',
    );
    const { status, stderr } = seen(await host(['load', await raw({ [CONFIG]: problem })]));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/wicked.*there is no such table/)]);
  });

  it('must say the same of itself each time', async () => {
    let asked = 0;
    const changing: Answer = (socket, one) => whole({ name: `name ${asked++}` })(socket, one);
    const { status, stderr } = seen(await host(['load', await raw({ [PLUGIN]: changing })]));
    expect([status, asked, stderr]).toEqual([
      2,
      2,
      expect.stringContaining('it says something else of itself than before'),
    ]);
  });
});

describe.skipIf(noHttp)(`a server that fails at a line${skipped(noHttp)}`, () => {
  const u32 = (...numbers: number[]) => Buffer.from(Uint32Array.from(numbers).buffer).toString('latin1');
  const latin1 =
    (body: string): Answer =>
    (socket) =>
      socket.write(`${HEAD.replace('application/json', BYTES)}content-length: ${body.length}\r\n\r\n${body}`, 'latin1');
  const faults: [string, string, Answer, string][] = [
    ['a range in the middle of a line', MATCH, latin1(u32(1, 2)), 'its answer has a range that is not whole lines'],
    ['a range beyond the lines', MATCH, says('{"kept": [0, 4294967295]}'), 'its answer has a range that is not whole'],
    ['a range of nothing', MATCH, latin1(u32(0, 0)), 'its answer has a range that is not whole lines'],
    ['a gap without a length', MATCH, says('{"kept": [0]}'), 'its answer has a gap without a length'],
    ['half a number', MATCH, latin1('abc'), 'its answer has 3 bytes, which are no pairs of numbers'],
    ['a number that is not whole', MATCH, says('{"kept": [0, 4.0]}'), 'its answer: invalid type: floating point'],
    ['no numbers', MATCH, says('{"kept": "all"}'), 'its answer: invalid type: string'],
    ['another type', MATCH, says('', 'text/plain'), 'its answer is of the type "text/plain"'],
    ['no content', MATCH, writes('HTTP/1.1 204 No Content\r\n\r\n'), 'its answer is of the type ""'],
    [
      'status 500',
      MATCH,
      says('Traceback:\nmore', 'text/plain', '500 X'),
      'it answered 500 Internal Server Error: Traceback:',
    ],
    [
      'a redirect',
      MATCH,
      says('', '', '307 Go', 'location: /v2\r\n'),
      'it answered 307 Temporary Redirect and named /v2',
    ],
    ['a cut off body', MATCH, ends(`${HEAD}content-length: 20\r\n\r\n{"kept"`), 'its answer ended early'],
    ['the end of the connection', MATCH, ends(), 'connection closed before message completed'],
    ['a reset', MATCH, (socket) => socket.resetAndDestroy(), 'onnection reset'],
    [
      '64 MiB and more',
      MATCH,
      writes(`${HEAD}content-length: 67108865\r\n\r\n`),
      'its answer is longer than 67108864 bytes',
    ],
    ['pieces of other lines', APPLY, says('{"pieces": [[3, "x\\n"], [1]]}'), 'its answer is not about whole lines'],
    ['pieces of some lines', APPLY, says('{"pieces": []}'), 'its answer is not about all lines'],
    ['half a line', APPLY, latin1(`${u32(4, 1)}x`), 'its answer has a line without a newline at its end'],
    ['half a piece', APPLY, latin1(`${u32(4, 9)}x\n`), 'its answer ends in the middle of a piece'],
  ];
  it.concurrent.each(faults)('by %s costs that line', { timeout: 60_000 }, async (_, call, answer, words) => {
    const good: Answer = (socket, { body }) =>
      says(JSON.stringify(call === MATCH ? { kept: [0, body.length] } : { pieces: [[body.length]] }))(
        socket,
        {} as Asked,
      );
    const source = await raw({
      [call]: (socket, asked) => (asked.body.includes('bad') ? answer : good)(socket, asked),
    });
    const flag = call === MATCH ? '--filter' : '--transform';
    const { status, stdout, stderr } = seen(await host(['run', log, flag, source]));
    expect({ status, stdout }).toEqual({ status: 2, stdout: 'one\ntwo\nfour\n' });
    expect(stderr).toContain('host: plugin wicked: ');
    expect(stderr).toContain(words);
    expect(stderr).toContain('line 3, byte 8: the line is left out');
  });

  it('by a problem ends the run with its words and the place', async () => {
    const problem = (_: Socket, { body }: Asked) =>
      says(
        `{"problem": {"code": -1, "message": "it is bad", "offset": ${body.indexOf('bad')}}}`,
        'application/json',
        '422 X',
      );
    const source = await raw({ [MATCH]: (socket, asked) => problem(socket, asked)(socket, asked) });
    const { status, stdout, stderr } = seen(await host(['run', log, '--filter', source]));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/wicked: scan: it is bad: .*, line 3, byte 8 \(INTERNAL\)/);
  });

  it('by hanging costs that line', { timeout: 60_000 }, async () => {
    const source = await raw({
      [MATCH]: (socket, asked) => {
        if (!asked.body.includes('bad')) says(`{"kept": [0, ${asked.body.length}]}`)(socket, asked);
      },
    });
    const { status, stdout, stderr } = seen(await host(['run', log, '--filter', source, '--call-timeout', '1']));
    expect({ status, stdout }).toEqual({ status: 2, stdout: 'one\ntwo\nfour\n' });
    expect(stderr).toContain('it did not answer in time');
  });

  it('by hanging is left alone when the run is ended', { timeout: 60_000 }, async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((done) => {
      closed = done;
    });
    const source = await raw({
      [MATCH](socket) {
        socket.on('close', closed);
      },
    });
    const { status, stderr } = seen(
      await host(['run', log, '--filter', source, '--timeout', '1', '--call-timeout', '60']),
    );
    await gone;
    expect([status, stderr]).toEqual([2, expect.not.stringContaining('wicked: filter')]);
  });
});

describe.skipIf(noHttp)(`a server whose connections end${skipped(noHttp)}`, () => {
  it.each<[string, (socket: Socket) => void]>([
    ['after each answer', (socket) => socket.end()],
    ['by a reset after each answer', (socket) => setImmediate(() => socket.resetAndDestroy())],
  ])('%s loses no line', { timeout: 60_000 }, async (_, close) => {
    const numbers: string[] = [];
    const streams = new Set<string>();
    const big = join(scratch, 'big');
    const text = 'a line of some length\n'.repeat(200_000);
    writeFileSync(big, text);
    const source = await raw({
      [MATCH](socket, asked) {
        numbers.push(asked.headers['plughost-request'] ?? '');
        streams.add(asked.headers['plughost-stream'] ?? '');
        says(`{"kept": [0, ${asked.body.length}]}`)(socket, asked);
        close(socket);
      },
    });
    const { status, stdout, stderr } = seen(await host(['run', big, '--filter', source, '-j', '1', '-c']));
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '200000\n', stderr: '' });
    // A second try has the number of the first.
    expect([...new Set(numbers)]).toEqual([...new Set(numbers)].map((_, i) => String(i + 1)));
    expect(streams.size).toBe(1);
  });

  // A write to a socket that was closed is a signal, unless that is ignored.
  it.each(['port', 'socket'])('in the middle of a request to a %s loses no line', { timeout: 60_000 }, async (kind) => {
    const big = join(scratch, 'middle');
    writeFileSync(big, 'a line of some length\n'.repeat(200_000));
    let ended = 0;
    const path = kind === 'socket' ? join(scratch, 'middle.sock') : undefined;
    const lose = (socket: Socket, part: string) => {
      if (!part.startsWith('POST')) return false;
      ended++;
      socket.destroy();
      return true;
    };
    const source = await raw({}, lose, path);
    const { status, stdout, stderr } = seen(await host(['run', big, '--filter', source, '-j', '1', '-c']));
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '200000\n', stderr: '' });
    // The second try begins with the options.
    expect(ended).toBe(1);
  });

  it('is reached without a proxy of the environment', async () => {
    const env = {
      http_proxy: 'http://127.0.0.1:1',
      HTTP_PROXY: 'http://127.0.0.1:1',
      ALL_PROXY: 'socks5://127.0.0.1:1',
    };
    const { status, stdout } = seen(await host(['load', await raw({})], { env }));
    expect([status, stdout]).toEqual([0, 'wicked\nit runs\n\n']);
  });

  /** A server that is started again whenever it ends, as by systemd. It ends at the line "bad": each time, or once. */
  const supervised = async (name: string, times: string) => {
    const at = await freePort();
    const code = `
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, writeFileSync } from 'node:fs';
const [, self, port, child] = process.argv;
const mark = self + '.died';
const start = () => fork(self, [port, 'child']).on('exit', start);
if (!child) start();
else {
  const configs = new Set();
  createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const id = request.headers['plughost-config'];
    response.setHeader('content-type', 'application/json');
    if (request.url === '/v1/plugin')
      return response.end('{"manifest": {"id": "org.example.mortal", "name": "mortal", "version": "1.0.0"}, "filter": {}}');
    if (request.url === '/v1/config') return response.end('', configs.add(id));
    if (!configs.has(id)) return response.writeHead(409).end();
    if (body.includes('bad') && (${times} > 1 || !existsSync(mark))) {
      writeFileSync(mark, '');
      process.exit(1);
    }
    response.end(JSON.stringify({ kept: [0, body.length] }));
  }).listen(Number(port), '127.0.0.1');
  // Its parent was killed.
  process.on('disconnect', () => process.exit());
}`;
    return serve.node(name, code, at);
  };

  it('because it dies at a line and is started again costs that line', { timeout: 60_000 }, async () => {
    const { source } = await supervised('mortal', '9');
    const { status, stdout, stderr } = seen(await host(['run', log, '--filter', source]));
    expect({ status, stdout }).toEqual({ status: 2, stdout: 'one\ntwo\nfour\n' });
    expect(stderr).toContain('line 3, byte 8: the line is left out');
  });

  it('because it died once and is started again loses no line', { timeout: 60_000 }, async () => {
    const { source } = await supervised('once', '1');
    const { status, stdout } = seen(await host(['run', log, '--filter', source]));
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'one\ntwo\nbad\nfour\n' });
  });

  it('for good ends the run', { timeout: 60_000 }, async () => {
    const { source, child } = await serve.node(
      'last',
      `import { createServer } from 'node:http';
createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  response.setHeader('content-type', 'application/json');
  if (request.url === '/v1/match') process.exit(1);
  response.end(request.url === '/v1/config' ? '' : '{"manifest": {"id": "a.b", "name": "last", "version": "1.0.0"}, "filter": {}}');
}).listen(Number(process.argv[2]), '127.0.0.1');`,
    );
    const { status, stdout, stderr } = seen(await host(['run', log, '--filter', source]));
    expect({ status, stdout, ended: child.exitCode }).toEqual({ status: 2, stdout: '', ended: 1 });
    expect(stderr).toContain('it cannot be reached: Connection refused');
  });
});
