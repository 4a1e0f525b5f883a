import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/cli/report/preset.js';
import { stepText, timelineFrom } from '../../src/cli/report/timeline.js';
import { cellText, timeText } from '../../src/cli/report/words.js';
import type { Cell } from '../../src/pipeline/rows/row-batch.js';
import { zoneOf } from '../../src/pipeline/rows/zone.js';

const zone = zoneOf('Europe/Berlin', (reason) => {
  throw new Error(reason);
});
const at = (time: string) => BigInt(Date.parse(time)) * 1_000_000n;

/** Returns the answer of counts by time, and perhaps by a second key. */
function answer(by: string[], rows: readonly [time: bigint | null, count: number, second?: Cell][]): Answer {
  const columns = [
    { name: 'time', type: 'time' },
    ...(by.length > 1 ? [{ name: 'second', type: 'text' }] : []),
    { name: 'count', type: 'integer' },
  ] as Answer['columns'];
  return {
    panel: { title: '', form: 'timeline', aggregators: [], by },
    columns,
    rows: rows.map(([time, count, second = null]) => ({ time, count, second })),
    zone,
  };
}

/** Returns the begins of the steps that have lines, with their counts. */
function drawn(given: Answer): [step: string, counts: string[]] {
  const timeline = timelineFrom(given);
  if (!timeline) throw new Error('nothing is drawn');
  const { begin, step, counts } = timeline;
  const parts = counts.flatMap((some, i) =>
    some.some((one) => one > 0) ? [`${timeText(begin + BigInt(i) * step, zone)} ${some.join()}`] : [],
  );
  return [stepText(step), parts];
}

describe('a timeline', () => {
  it('has no shorter steps than its data', () => {
    const hours = [0, 5, 23].map((hour): [bigint, number] => [
      at(`2024-01-01T${String(hour).padStart(2, '0')}:00Z`),
      1,
    ]);
    expect(drawn(answer(['time:1h'], hours))).toEqual([
      'an hour',
      ['2024-01-01 01:00:00 +01:00 1', '2024-01-01 06:00:00 +01:00 1', '2024-01-02 00:00:00 +01:00 1'],
    ]);
    expect(drawn(answer(['time:1m'], hours))[0]).toBe('10 minutes');
    const days: [bigint, number][] = [...hours, [at('2024-01-30T00:00Z'), 1]];
    expect(drawn(answer(['time:1m'], days))).toEqual([
      '3 hours',
      [
        '2024-01-01 00:00:00 +01:00 1',
        '2024-01-01 06:00:00 +01:00 1',
        '2024-01-02 00:00:00 +01:00 1',
        '2024-01-30 00:00:00 +01:00 1',
      ],
    ]);
    expect(drawn(answer(['time:90s'], [...hours, [at('2024-01-01T00:01:30Z'), 4]]))[0]).toBe('15 minutes');
    const seconds = [0, 90, 180].map((second): [bigint, number] => [BigInt(second) * 1_000_000_000n, 1]);
    expect(drawn(answer(['time:90s'], seconds))[0]).toBe('90 seconds');
  });

  it('has a step for each day, also of 23 and 25 hours', () => {
    for (const [from, days] of [
      ['2024-03-29T23:00Z', ['2024-03-30T23:00Z', '2024-03-31T22:00Z', '2024-04-01T22:00Z']],
      ['2024-10-25T22:00Z', ['2024-10-26T22:00Z', '2024-10-27T23:00Z', '2024-10-28T23:00Z']],
    ] as const) {
      const timeline = timelineFrom(
        answer(
          ['time:1d'],
          [from, ...days].map((day, i) => [at(day), i + 1]),
        ),
      );
      expect(timeline?.counts).toEqual([[1], [2], [3], [4]]);
    }
  });

  it('has at most 240 steps, of whole years where there are many', () => {
    const ends: [bigint, number][] = [
      [-(2n ** 63n), 1],
      [2n ** 63n - 1n, 1],
    ];
    const weeks: [bigint, number][] = [
      [0n, 1],
      [300n * 604_800_000_000_000n, 1],
    ];
    expect(timelineFrom(answer(['time:1m'], ends))?.counts.length).toBeLessThan(242);
    expect(stepText(timelineFrom(answer(['time:1m'], ends))?.step ?? 0n)).toBe('1,095 days');
    expect(stepText(timelineFrom(answer(['time:1w'], weeks))?.step ?? 0n)).toBe('14 days');
  });

  it('counts lines without a time apart, and has no chart of them alone', () => {
    const given = answer(
      ['time:1m'],
      [
        [null, 7],
        [0n, 2],
      ],
    );
    expect(timelineFrom(given)).toMatchObject({ without: 7, counts: [[2]] });
    expect(timelineFrom(answer(['time:1m'], [[null, 7]]))).toBeUndefined();
  });

  it('has a series for each of few values, and for the most frequent of many', () => {
    const rows = (keys: Cell[]) => keys.map((key, i): [bigint, number, Cell] => [0n, i + 1, key]);
    const of = (keys: Cell[]) => {
      const { series = [], counts = [] } = timelineFrom(answer(['time:1m', 'second'], rows(keys))) ?? {};
      return series.map(({ name, color }, k) => `${name} ${color} ${counts[0]?.[k]}`);
    };
    expect(of(['b', 'a', null])).toEqual(['a 0 2', 'b 1 1', '(none) 5 3']);
    expect(of([null, 'g', 'f', 'e', 'd', 'c', '', 'a'])).toEqual([
      '(empty) 0 7',
      'a 1 8',
      'c 2 6',
      'd 3 5',
      'e 4 4',
      'all others 5 6',
    ]);
    const many = Array.from({ length: 50_000 }, (_, i) => `key ${i}`);
    expect(of(many)).toHaveLength(6);
  });
});

describe('cellText', () => {
  it('shows each value, and the begin of a long one', () => {
    const cells: Cell[] = [null, '', ' ', 'a ', '"a"', 'a', 7, 2n ** 60n, true, 'x'.repeat(300)];
    const shown = ['(none)', '(empty)', '" "', '"a "', '"a"', 'a', '7', String(2n ** 60n), 'true', 'x'.repeat(300)];
    expect(cells.map((cell) => cellText(cell))).toEqual(shown);
    expect(cellText(`${'x'.repeat(299)}\u{1f600}${'y'.repeat(1000)}`)).toBe(`${'x'.repeat(299)}… (1,301 characters)`);
  });

  it('shows times by the clocks of a zone, also before 1970 and in fractions', () => {
    const times = [-1n, 1_999_999_999n, -(2n ** 63n), 2n ** 63n - 1n].map((ns) => cellText(ns, true, zone));
    expect(times).toEqual([
      '1970-01-01 00:59:59 +01:00',
      '1970-01-01 01:00:01 +01:00',
      expect.stringMatching(/^1677-09-21 \d\d:\d\d:43 \+00:53$/),
      '2262-04-12 01:47:16 +02:00',
    ]);
    expect(cellText(-1n, true)).toBe('1969-12-31 23:59:59 UTC');
  });
});
