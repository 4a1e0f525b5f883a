import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../e2e/command.js';

const load = (file: string) => import(join(ROOT, 'bench/report', file));
const { judge } = await load('goals.mjs');
const { changeReport, changes, historyLine } = await load('history.mjs');
const { renew, renewPages } = await load('pages.mjs');

const figures = (ms: number, cpu = ms, peak = 50) => ({ ms, cpu, peak, least: ms, runs: 5 });

/** Results of one job on 1 GiB, in which one worker takes `ms` and ripgrep 100. */
const resultsOf = (ms: number, mib = 1024) => {
  const peers = {
    'host -j1': figures(ms, 150),
    'host -j2': figures(80),
    'isolated -j1': figures(120),
    ripgrep: figures(100),
    'read limit': figures(100, 100, 2),
    'node -e 0': figures(20, 20, 38),
  };
  return {
    date: '2026-03-01',
    commit: 'abc1234',
    machine: { processor: '2 × Some', memory: '8 GiB', kernel: 'Linux 6', node: '20.20.2' },
    ripgrep: '15.1.0',
    runs: 5,
    cold: false,
    largePieces: false,
    missing: [],
    programs: Object.keys(peers),
    sizes: [{ mib, jobs: [{ name: 'literal', label: 'a literal', lines: 1, peers }] }],
  };
};

describe('the pages', () => {
  test('the picture and the judged goals have the figures of bench/results.json', () => {
    expect(renewPages({ check: true })).toEqual([]);
    const pages = ['README.md', 'docs/performance.md'].map((page) => readFileSync(join(ROOT, page), 'utf8')).join('');
    const names = [...pages.matchAll(/<!-- bench:(\w+) -->/g)].map(([, name]) => name).filter((name) => name !== 'end');
    expect(names).toEqual(['times', 'goals', 'ratios', 'others', 'cold']);
  });

  test('only what stands between markers changes', () => {
    const results = { warm: { ...resultsOf(100), goals: judge(resultsOf(100)) } };
    const page = 'before\n<!-- bench:ratios -->\nold\nfigures\n<!-- bench:end -->\nafter <!-- no marker -->\n';
    const made = renew(page, results);
    expect(made).toMatch(
      /^before\n<!-- bench:ratios -->\nA log of 1 GiB:\n\n\|.*\|\n<!-- bench:end -->\nafter <!-- no marker -->\n$/s,
    );
    expect(made).toContain('| a literal | 1.00 (1.50) | 1.25 (0.80) | 0.83 (1.20) |  |  |  |');
    expect(renew(made, results)).toBe(made);
  });

  test('a marker that is unknown or has no end is refused', () => {
    expect(() => renew('<!-- bench:nothing -->\n<!-- bench:end -->\n', { warm: {} })).toThrow(
      'no table is named nothing; there are times, goals, ratios, others, cold',
    );
    expect(() => renew('<!-- bench:times -->\nold\n', { warm: {} })).toThrow('the table times has no end');
    expect(() => renew('<!-- bench:times -->\n<!-- bench:goals -->\n<!-- bench:end -->\n', { warm: {} })).toThrow(
      'the table times has no end',
    );
  });

  test('a table without results says so', () => {
    expect(renew('<!-- bench:cold -->\n<!-- bench:end -->\n', { warm: undefined, cold: undefined })).toBe(
      '<!-- bench:cold -->\nNot measured yet.\n<!-- bench:end -->\n',
    );
  });
});

describe('a goal', () => {
  const literal = (results: unknown) => judge(results).bySize[0].cells;
  const one = (results: unknown) => literal(results)[0];

  test('is judged by the figure that is printed', () => {
    expect(one(resultsOf(100 / 0.75))).toMatchObject({ mib: 1024, workers: 1, limit: 0.75, figure: 0.75, met: true });
    expect(one(resultsOf(100 / 0.7451))).toMatchObject({ figure: 0.75, met: true });
    expect(one(resultsOf(100 / 0.744))).toMatchObject({ figure: 0.74, met: false });
  });

  test('of a size or program that was not measured is neither met nor missed', () => {
    expect(one(resultsOf(100, 512))).toEqual({ mib: 1024, workers: 1, sign: '≥', limit: 0.75 });
    expect(literal(resultsOf(100))[2]).toEqual({ mib: 8192, workers: 1, sign: '≥', limit: 0.9 });
    const { bySize, single } = judge(resultsOf(100));
    // Two isolated workers were not measured.
    const isolated = bySize.find(({ title }: { title: string }) => title.startsWith('literal, isolated: speed'));
    expect(isolated.cells[0]).toMatchObject({ figure: 0.83, met: false });
    expect(isolated.cells[1]).toEqual({ mib: 1024, workers: 2, sign: '≥', limit: 0.9 });
    expect(single[0]).toEqual({ title: '`host load`: time beside `node -e 0`', sign: '≤', limit: 1.35 });
  });

  test("of processor time subtracts Node's start", () => {
    const { bySize } = judge(resultsOf(100));
    const row = bySize.find(({ title }: { title: string }) => title.includes("Node's start"));
    // Of one worker: (150 - 20) / 100.
    expect(row.cells[0]).toMatchObject({ figure: 1.3, limit: 1.25, met: false });
    expect(row.cells[1]).toBeUndefined();
  });

  test('of memory takes the worst job of both sizes', () => {
    const [small] = resultsOf(100).sizes;
    const [large] = resultsOf(100, 8192).sizes;
    if (large)
      large.jobs = large.jobs.map((job) => ({ ...job, peers: { ...job.peers, 'host -j1': figures(100, 100, 60) } }));
    const { single } = judge({ ...resultsOf(100), sizes: [small, large] });
    const memory = single.filter(({ title }: { title: string }) => title.startsWith('memory'));
    expect(memory).toMatchObject([
      { figure: 1.2, limit: 1.05, met: false },
      { figure: 22, limit: 64, met: true },
    ]);
  });
});

describe('the history', () => {
  const line = (ms: number, other = {}) => ({ ...historyLine(resultsOf(ms)), ...other });

  test('names what became slower, the slowest first', () => {
    const now = line(200);
    expect(now.ratios).toEqual({
      '1024 MiB': { literal: { 'host -j1': [0.5, 1.5], 'host -j2': [1.25, 0.8], 'isolated -j1': [0.833, 1.2] } },
    });
    expect(changeReport(changes([line(50), line(100, { date: '2026-02-01', commit: 'def' })], now))).toEqual([
      '3 ratios compared with the last run (2026-02-01, def); 1 changed by more than 5 %.',
      '  1024 MiB, literal, host -j1: 50 % slower (1.00 to 0.50)',
    ]);
  });

  test('compares only with the same processor, ripgrep, cache and size', () => {
    const now = line(200);
    const others = [
      line(100, { machine: { processor: '64 × Other' } }),
      line(100, { ripgrep: '16.0.0' }),
      line(100, { cold: true }),
      line(100, { largePieces: true }),
      historyLine(resultsOf(100, 8192)),
    ];
    expect(changes(others, now)).toEqual([]);
    expect(changeReport(changes(others, now))).toEqual([
      'bench/history has no earlier run of these jobs on such a machine to compare with.',
    ]);
    expect(changes([line(100), ...others], now)).toHaveLength(3);
  });
});
