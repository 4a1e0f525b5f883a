import { expect, test } from 'vitest';
import { OutputLines } from '../../../src/remote/launcher/output-lines.js';
import { ErrorLines } from '../../../src/remote/launcher/program-log.js';

const linesOf = (pieces: string[]): string[] => {
  const lines: string[] = [];
  const output = new OutputLines((line) => lines.push(line));
  for (const piece of pieces) output.add(Buffer.from(piece));
  output.end();
  return lines;
};

const logged = (...lines: string[]) => {
  const records: [string, string][] = [];
  const errors = new ErrorLines('p', ({ level, message }) => records.push([level, message]));
  for (const line of lines) errors.add(line);
  return records;
};

test('lines are the same however the output is cut', () => {
  const text = 'one\n\ntwo\r\nthree';
  for (let at = 0; at <= text.length; at++) {
    expect(linesOf([text.slice(0, at), text.slice(at)])).toEqual(['one', '', 'two', 'three']);
  }
});

test('a line without an end is cut, so that it takes no memory', () => {
  const lines = linesOf(Array.from({ length: 80 }, () => 'x'.repeat(65536)));
  expect(lines).toHaveLength(80);
  expect(new Set(lines)).toEqual(new Set(['x'.repeat(65536)]));
});

test('the records of hclog have their level, module and values', () => {
  const record = { '@level': 'warn', '@message': 'odd', '@module': 'echo', '@timestamp': 'now', count: 3, text: 'a b' };
  expect(logged(JSON.stringify(record))).toEqual([['warning', 'echo: odd count=3 text=a b']]);
  expect(logged('{"@level":"trace","@message":7}')).toEqual([['debug', '7']]);
  expect(logged('2026-01-02T03:04:05.678Z [ERROR] it broke: why=x')).toEqual([['error', 'it broke: why=x']]);
  expect(logged('[INFO]  plain')).toEqual([['info', 'plain']]);
});

test('other lines are passed on, escaped', () => {
  expect(logged('plain', '', '{"half', '{"a": 1}', '[1]', '\x1b[31mred')).toEqual([
    ['info', 'plain'],
    ['info', '{"half'],
    ['info', '{"a": 1}'],
    ['info', '[1]'],
    ['info', '\\x1b[31mred'],
  ]);
});

test('all lines of a panic are errors', () => {
  expect(logged('before', 'panic: oh', 'goroutine 1 [running]:')).toEqual([
    ['info', 'before'],
    ['error', 'panic: oh'],
    ['error', 'goroutine 1 [running]:'],
  ]);
});
