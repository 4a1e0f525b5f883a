import { describe, expect, it } from 'vitest';
import { zoneOf } from '../../src/pipeline/rows/zone.js';

const zone = (name: string) => {
  const found = zoneOf(name, (reason) => {
    throw new Error(`${name}: ${reason}`);
  });
  if (!found) throw new Error(`${name} is UTC`);
  return found;
};

/** The times of 64 bits of nanoseconds, in seconds. */
const FURTHEST = 9_223_372_036;

/** Returns what the system says of a moment, in minutes. */
function offsetBy(format: Intl.DateTimeFormat, second: number): number {
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(second * 1000)) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

describe('the offsets of a time zone', () => {
  it.each([
    ['America/New_York', '1960-07-15T12:00:00Z', -4],
    ['America/New_York', '1960-01-15T12:00:00Z', -5],
    ['Europe/London', '1943-07-01T00:00:00Z', 2],
    ['Europe/Berlin', '1947-06-01T00:00:00Z', 3],
    ['Europe/Berlin', '2101-07-15T12:00:00Z', 2],
    ['Europe/Berlin', '2101-01-15T12:00:00Z', 1],
    ['Europe/Berlin', '2261-07-15T12:00:00Z', 2],
    ['Australia/Sydney', '2200-01-15T12:00:00Z', 11],
    ['Asia/Tokyo', '2250-07-15T12:00:00Z', 9],
  ])('in %s at %s are those of the clocks', (name, time, hours) => {
    expect(zone(name).offsetAt(Date.parse(time) / 1000)).toBe(hours * 3600);
  });

  // Zones with few and with many changes, in both halves of the year, and with changes of half an hour.
  it.each([
    'Africa/Casablanca',
    'America/New_York',
    'America/Santiago',
    'America/St_Johns',
    'Asia/Gaza',
    'Asia/Kolkata',
    'Asia/Tehran',
    'Australia/Lord_Howe',
    'Europe/Dublin',
    'Europe/Moscow',
    'Pacific/Apia',
    'Pacific/Chatham',
  ])('are those of the system at any time (%s)', (name) => {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    const { table } = zone(name);
    const changes = [...table].filter((_, i) => i % 2 === 0).flatMap((second) => [second - 60, second, second + 60]);
    const spread = Array.from({ length: 4000 }, (_, i) => Math.round(-FURTHEST + (i * 2 * FURTHEST) / 3999));
    for (const second of [...changes, ...spread])
      expect([second, zone(name).offsetAt(second) / 60]).toEqual([second, offsetBy(format, second)]);
    expect(table[0]).toBeLessThan(-4e9);
  });
});
