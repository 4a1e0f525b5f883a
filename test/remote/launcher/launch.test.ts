import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type GoPluginOptions, launchGoPlugin, type ProgramLogLine } from '../../../src/index.js';
import { makeScratch } from '../../helpers/compile.js';
import { plughost } from '../../helpers/own-process.js';
import { blocksOf } from '../../helpers/pages.js';
import { talkTo } from '../echo-client.js';
import { goPeer, type Peer, python, skippedFor } from '../peers/peers.js';

const scratch = makeScratch();
const go = goPeer();
const interpreter = python();
const noOpenssl: Peer = spawnSync('openssl', ['version']).error ? { missing: 'there is no openssl' } : interpreter;

const pathOf = (peer: Peer): string => ('path' in peer ? peer.path : '');
const cookie = { key: 'ECHO_COOKIE', value: 'hello' };

const start = (options: Partial<GoPluginOptions> = {}) =>
  launchGoPlugin({ program: pathOf(go), cookie, versions: [1, 2, 3], label: 'echo', ...options });

/** Collects log lines, and waits until one of them is there. */
function collect() {
  const lines: Omit<ProgramLogLine, 'label'>[] = [];
  const onLog = ({ level, message }: ProgramLogLine) => void lines.push({ level, message });
  const has = (level: string, message: string) =>
    vi.waitFor(() => expect(lines).toContainEqual({ level, message }), { timeout: 30_000 });
  return { onLog, has };
}

describe.skipIf('missing' in go)(`a program of go-plugin 1.8${skippedFor(go)}`, () => {
  test.each([false, true])('answers, tells what it prints and logs, and ends (TLS: %s)', async (tls) => {
    const { onLog, has } = collect();
    const plugin = await start({ tls, onLog });
    expect(plugin.version).toBe(3);
    expect(plugin.tls !== undefined).toBe(tls);
    const say = talkTo(plugin);
    expect(await say('hi')).toBe('you said hi');
    await Promise.all([say('print'), say('log')]);
    await has('info', 'printed to standard output');
    await has('info', 'printed to standard error');
    await has('warning', 'echo: something is odd count=3');
    // It was asked to end, and not killed.
    expect(await plugin.kill()).toEqual({ status: 0, signal: null });
    expect(await plugin.ended).toEqual({ status: 0, signal: null });
  });

  test('starts as the documentation shows it', async () => {
    const blocks = blocksOf('docs/forms/other-processes.md');
    const at = blocks.findIndex(({ language }) => language === 'ts');
    const [code, printed] = blocks.slice(at);
    copyFileSync(pathOf(go), join(scratch, 'echo'));
    const module = (code?.text ?? '').replace("'plughost'", JSON.stringify(plughost));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', module], {
      cwd: scratch,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: printed?.text });
    expect(stderr).toMatch(/^debug echo: plugin address address=.* network=unix\n/);
  });

  test('speaks the highest version that both sides know', async () => {
    await using plugin = await start({ versions: [1, 2] });
    expect(plugin.version).toBe(2);
    await expect(start({ versions: [9] })).rejects.toMatchObject({
      code: 'ERR_HANDSHAKE',
      message: expect.stringContaining("it speaks version 2 of the application's protocol, and the host speaks 9"),
    });
  });

  test('that is built for net/rpc is refused with what to do', async () => {
    await expect(start({ args: ['netrpc'] })).rejects.toMatchObject({
      message: expect.stringContaining('it speaks netrpc and not grpc'),
      hint: 'its author must build it for gRPC: set GRPCServer: plugin.DefaultGRPCServer in plugin.ServeConfig',
    });
  });

  test('that gets another cookie says what it is', async () => {
    await expect(start({ cookie: { key: 'ECHO_COOKIE', value: 'other' } })).rejects.toMatchObject({
      message: expect.stringContaining('This binary is a plugin. These are not meant to be executed directly.'),
    });
  });

  test('gets only the variables that it needs, and those that are named', async () => {
    process.env.PLUGHOST_SECRET = 'x';
    await using plugin = await start({ env: { NAMED: 'yes' } });
    delete process.env.PLUGHOST_SECRET;
    const names = [...(await talkTo(plugin)('environment')).matchAll(/(?<=[[ ])([A-Z_]+)=/g)].map(([, name]) => name);
    expect(names.filter((name) => !['HOME', 'LANG', 'PATH', 'TMPDIR'].includes(name as string)).sort()).toEqual([
      'ECHO_COOKIE',
      'NAMED',
      'PLUGIN_MAX_PORT',
      'PLUGIN_MIN_PORT',
      'PLUGIN_PROTOCOL_VERSIONS',
      'PLUGIN_UNIX_SOCKET_DIR',
    ]);
  });

  test('gets descriptors as 3 and on', async () => {
    const file = join(scratch, 'inherited');
    writeFileSync(file, 'bytes of a file');
    await using plugin = await start({ descriptors: [openSync(file, 'r')] });
    expect(await talkTo(plugin)('descriptor')).toBe('bytes');
  });

  test('has its socket in a folder with spaces, which goes with it', async () => {
    const folder = join(scratch, 'a folder with spaces');
    mkdirSync(folder);
    vi.stubEnv('TMPDIR', folder);
    const plugin = await start();
    vi.unstubAllEnvs();
    expect(plugin.target.startsWith(`unix:${folder}/plughost-`)).toBe(true);
    expect(await talkTo(plugin)('hi')).toBe('you said hi');
    await plugin.kill();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that dies is missed at once, also in the middle of an answer', async () => {
    const plugin = await start();
    await expect(talkTo(plugin)('exit')).rejects.toMatchObject({ code: 14 });
    expect(await plugin.ended).toEqual({ status: 7, signal: null });
    expect(await plugin.kill()).toEqual({ status: 7, signal: null });
    const killed = await start();
    process.kill(killed.pid, 'SIGKILL');
    expect(await killed.ended).toEqual({ status: null, signal: 9 });
  });

  test('that is stopped is killed', async () => {
    const plugin = await start();
    process.kill(plugin.pid, 'SIGSTOP');
    const stopped = () => expect(readFileSync(`/proc/${plugin.pid}/stat`, 'latin1')).toMatch(/\) T /);
    await vi.waitFor(stopped, { timeout: 30_000 });
    expect(await plugin.kill()).toEqual({ status: null, signal: 9 });
  });
});

describe.skipIf('missing' in interpreter)(`a program in Python over grpcio${skippedFor(interpreter)}`, () => {
  const echo = (options: Partial<GoPluginOptions>, ...args: string[]) =>
    start({ program: pathOf(interpreter), args: [join(import.meta.dirname, '../peers/echo.py'), ...args], ...options });

  test('answers, and ends by SIGTERM, as it knows no Shutdown', async () => {
    const { onLog, has } = collect();
    const plugin = await echo({ onLog }, 'unix');
    await has('info', 'a line before the handshake');
    expect(await talkTo(plugin)('hi')).toBe('hi');
    expect(await plugin.kill()).toEqual({ status: null, signal: 15 });
  });

  test('answers on a port only when that is permitted', async () => {
    await expect(echo({}, 'tcp')).rejects.toMatchObject({
      message: expect.stringMatching(/it listens on 127\.0\.0\.1:\d+, where every user of this machine can reach it/),
    });
    await using plugin = await echo({ plainTcp: true }, 'tcp');
    expect(await talkTo(plugin)('hi')).toBe('hi');
  });

  test.skipIf('missing' in noOpenssl)(`speaks TLS on a port${skippedFor(noOpenssl)}`, async () => {
    const [certificate, key] = [join(scratch, 'certificate.pem'), join(scratch, 'key.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-nodes'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', certificate], {
      stdio: 'pipe',
    });
    await using plugin = await echo({ tls: true }, 'tcp', certificate, key);
    expect(await talkTo(plugin)('hi')).toBe('hi');
  });
});
