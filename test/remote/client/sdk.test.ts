import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { describe, expect, test } from 'vitest';
import {
  ExportedSchema,
  ExportLinesSchema,
  KeptSchema,
  LinesSchema,
  MadeSchema,
} from '../../../src/remote/grpc/plughost_pb.js';
import type { RunningPlugin } from '../../../src/remote/launcher/running-plugin.js';
import { skippedFor } from '../peers/peers.js';
import { goPlugin, pythonPlugin } from '../peers/plugins.js';
import { starter } from '../peers/start.js';

const start = starter();

const textOf = (name: string) => readFileSync(join(import.meta.dirname, '../peers/every', name), 'utf8');

/** Both SDKs with the same plugin. What it says of a failure in its own code is each language's. */
const PLUGINS = {
  Go: { program: goPlugin('every', textOf('main.go')), panic: 'panic: oh' },
  Python: { program: pythonPlugin('every', textOf('every.py')), panic: 'ValueError: oh' },
};

/** Sends requests on one stream and returns the answers after the plugin has ended it too. */
const answers = <Request extends Message, Answer extends Message>(
  plugin: RunningPlugin,
  path: string,
  types: [GenMessage<Request>, GenMessage<Answer>],
  requests: Request[],
): Promise<Answer[]> =>
  new Promise((resolve, reject) => {
    const got: Answer[] = [];
    const stream = plugin.connection.stream(path, ...types, {
      answer: (answer) => got.push(answer),
      end: (reason, whole) => (whole ? resolve(got) : reject(new Error(reason))),
    });
    for (const request of requests) stream.send(request);
    stream.end();
  });

const lines = (id: bigint, text: string, ranges: number[] = []) =>
  create(LinesSchema, { id, bytesOf: { case: 'data', value: Buffer.from(text) }, ranges });

for (const [language, { program, panic }] of Object.entries(PLUGINS)) {
  describe.skipIf('missing' in program)(`the SDK for ${language}${skippedFor(program as never)}`, () => {
    test('describes every kind, reports options, and runs', async () => {
      const { client } = await start(program);
      const { manifest: _, ...said } = await client.describe('a test');
      expect(said).toEqual({ name: 'every', filter: 2, transform: 2, exporter: 0, sharedBlocks: true, lanes: 2 });
      expect(await client.init('{}')).toEqual([]);
      expect(await client.run()).toBe('one två');
      const second = await start(program);
      await expect(second.client.init('{"Bad": true}')).rejects.toMatchObject({
        status: 'CONFIG',
        message: 'plugin it: init: it is bad (CONFIG)',
      });
    });

    test('answers about lines, and goes on after its own failures', async () => {
      const { plugin } = await start(program);
      const kept = await answers(
        plugin,
        '/plughost.v1.Filter/Match',
        [LinesSchema, KeptSchema],
        [
          lines(1n, 'a\nb\na\na\nb\nba'),
          lines(2n, 'x\nboom\na\n'),
          lines(3n, 'a\na\na\n', [2, 2]),
          lines(4n, ''),
          lines(5n, 'a\n', [0, 3]),
          lines(6n, 'a\n', [0]),
        ],
      );
      expect(kept.map(({ id, ranges }) => [id, ranges])).toEqual([
        [1n, [0, 2, 2, 4, 2, 2]],
        [2n, []],
        [3n, [2, 2]],
        [4n, []],
        [5n, []],
        [6n, []],
      ]);
      expect(kept[1]?.problem).toMatchObject({ code: -8, message: panic, offset: 2n });
      expect(kept[4]?.problem?.message).toContain('a range lies outside of its block');
      expect(kept[5]?.problem?.message).toContain('a range has no length');
    });

    test('transforms lines', async () => {
      const { plugin } = await start(program);
      const made = await answers(
        plugin,
        '/plughost.v1.Transform/Apply',
        [LinesSchema, MadeSchema],
        [
          lines(1n, 'same\nsame\ndrop\ndrop\ntwo\nempty\nsame'),
          lines(2n, 'same\nboom\n'),
          lines(3n, 'same\ntwo\nsame\n', [5, 4]),
        ],
      );
      const [keep, drop, replace] = [0, 1, 2];
      expect(made.map(({ id, pieces, text }) => [id, pieces.map(Number), Buffer.from(text).toString()])).toEqual([
        [1n, [10 * 4 + keep, 10 * 4 + drop, 4 * 4 + replace, 4, 6 * 4 + replace, 0, 4 * 4 + keep], '1\n2\n'],
        [2n, [], ''],
        [3n, [4 * 4 + replace, 4], '1\n2\n'],
      ]);
      expect(made[1]?.problem).toMatchObject({ code: -9, message: 'oh', offset: 5n });
    });

    test('exports lines', async () => {
      const { plugin } = await start(program);
      const asked = (id: bigint, text: string, more: { begin?: boolean; end?: boolean }) =>
        create(ExportLinesSchema, { lines: lines(id, text), ...more });
      const exported = await answers(
        plugin,
        '/plughost.v1.Exporter/Export',
        [ExportLinesSchema, ExportedSchema],
        [asked(1n, '', { begin: true }), asked(2n, 'a\nb', {}), asked(3n, '', { end: true })],
      );
      expect(exported.map(({ id, text }) => [id, Buffer.from(text).toString()])).toEqual([
        [1n, '['],
        [2n, '<a><b>'],
        [3n, ']'],
      ]);
    });

    test('does TLS, and ends when it is asked to', async () => {
      const { plugin, client } = await start(program, { tls: true });
      await client.init('{}');
      expect(await client.run()).toBe('one två');
      expect(await plugin.kill()).toEqual({ status: 0, signal: null });
    });
  });
}
