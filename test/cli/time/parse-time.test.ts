import { describe, expect, it } from 'vitest';
import { formatTime, parseTime, timeFault } from '../../../src/cli/time/parse-time.js';
import { type Zone, zoneOf } from '../../../src/pipeline/rows/zone.js';

const NOW = Date.parse('2026-03-10T10:20:30.500Z');

const read = (text: string, zone?: Zone): string | undefined => {
  const time = parseTime(text, NOW, zone);
  return time === undefined ? undefined : formatTime(time).replace('.000000000Z', 'Z');
};

const berlin = zoneOf('Europe/Berlin', (reason) => {
  throw new Error(reason);
});

describe('parseTime', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02t03:04:05z', '2026-01-02T03:04:05Z'],
    ['2026-01-02 03:04:05 UTC', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05Z'],
    ['2026-01-02T03:04:05+0200', '2026-01-02T01:04:05Z'],
    ['2026-01-02 03:04:05.25 -0030', '2026-01-02T03:34:05.250000000Z'],
    ['2026-01-02 03:04:05,25', '2026-01-02T03:04:05.250000000Z'],
    ['2026-01-02 3:04', '2026-01-02T03:04:00Z'],
    ['2026/01/02', '2026-01-02T00:00:00Z'],
    [' 2026-01-02 ', '2026-01-02T00:00:00Z'],
    ['[02/Jan/2026:03:04:05 +0100]', '2026-01-02T02:04:05Z'],
    ['02/Jan/2026:03:04:05 +0100', '2026-01-02T02:04:05Z'],
    ['@1767323045', '2026-01-02T03:04:05Z'],
    ['@1767323045.5', '2026-01-02T03:04:05.500000000Z'],
    ['@-1', '1969-12-31T23:59:59Z'],
    ['@-1.25', '1969-12-31T23:59:58.750000000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
    ['today', '2026-03-10T00:00:00Z'],
    ['Today 9:05', '2026-03-10T09:05:00Z'],
    ['9:05', '2026-03-10T09:05:00Z'],
    ['14:00:01', '2026-03-10T14:00:01Z'],
    ['yesterday 14:00', '2026-03-09T14:00:00Z'],
    ['tomorrow', '2026-03-11T00:00:00Z'],
  ])('reads %s', (text, time) => {
    expect(read(text)).toBe(time);
  });

  it.each([
    '2h',
    '2h ago',
    '2 hours',
    '2 hours ago',
    '120m',
    '1h60m',
    '1h 60 min',
    '2.0h',
    '7200s',
    '1.5h 30 minutes ago',
  ])('counts %s back from now', (text) => {
    expect(read(text)).toBe('2026-03-10T08:20:30.500000000Z');
  });

  it.each(['now', 'NOW', '0s'])('reads %s', (text) => {
    expect(read(text)).toBe('2026-03-10T10:20:30.500000000Z');
  });

  it('reads days and times of day in the zone', () => {
    expect(read('today', berlin)).toBe('2026-03-09T23:00:00Z');
    expect(read('14:00', berlin)).toBe('2026-03-10T13:00:00Z');
    expect(read('2026-07-01 14:00', berlin)).toBe('2026-07-01T12:00:00Z');
    expect(read('2026-07-01 14:00Z', berlin)).toBe('2026-07-01T14:00:00Z');
  });

  it.each([
    '',
    ' ',
    'ago',
    'last monday',
    '5ms',
    '5M',
    '1mo',
    '2h30',
    '-2h',
    'now-2h',
    '1795000000',
    '2026',
    '2026-02-30',
    '2026-01/02',
    '2026-01-02T24:00:00Z',
    '2026-01-02T03:04:61Z',
    '@',
    '@--1',
    '2026-01-02+02:00',
    '30/Feb/2026:03:04:05 +0100',
    '02/Abc/2026:03:04:05 +0100',
    '25:00',
    'yesterday24:00',
    '9999-12-31',
    '@99999999999',
    '999999999w 999999999w',
  ])('does not know %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  const BEYOND = 'it is outside of 1677-09-21 to 2262-04-11, the times that 64 bits of nanoseconds hold';
  it.each([
    ['1761440400', 'it is not a time', 'an @ is before seconds since 1970: @1761440400'],
    ['-1761440400.5', 'it is not a time', 'an @ is before seconds since 1970: @-1761440400.5'],
    ['1761440400123', 'it is not a time', 'an @ is before seconds since 1970: @1761440400.123'],
    ['@1761440400123', BEYOND, 'an @ is before seconds since 1970: @1761440400.123'],
    ['@1761440400123456', BEYOND, 'an @ is before seconds since 1970: @1761440400.123456'],
    ['1761440400123456789', 'it is not a time', 'an @ is before seconds since 1970: @1761440400.123456789'],
  ])('says that %s is written with an @', (text, reason, hint) => {
    expect(timeFault(text, NOW, undefined)).toEqual({ reason, hint });
  });

  it.each([
    ['9999-12-31', BEYOND],
    ['1600-01-01T00:00Z', BEYOND],
    ['@99999999999', BEYOND],
    ['999999999w', BEYOND],
    ['2025-02-30', 'there is no such day'],
    ['2025-13-01T25:00Z', 'there is no such day'],
    ['30/Feb/2026:03:04:05 +0100', 'there is no such day'],
    ['2025-01-01T25:00', 'there is no such time of day'],
    ['2025-01-01 10:60:00Z', 'there is no such time of day'],
    ['2025-01-01T10:00:61+02:00', 'there is no such time of day'],
    ['25:00', 'there is no such time of day'],
    ['yesterday 24:00', 'there is no such time of day'],
    ['2025-01-01T10:00:00+25:00', 'there is no such offset'],
    ['2025-01-01T10:00:00.5-0199', 'there is no such offset'],
    ['2025-01-01+02:00', 'it is not a time'],
    ['2025', 'it is not a time'],
    ['tomorow', 'it is not a time'],
    ['', 'it is not a time'],
  ])('says why %j is none', (text, reason) => {
    expect(parseTime(text, NOW, undefined)).toBeUndefined();
    expect(timeFault(text, NOW, undefined).reason).toBe(reason);
  });
});
