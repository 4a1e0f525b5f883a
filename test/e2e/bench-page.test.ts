import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/cli/bench/report.js';
import { Page, withoutBrowser } from '../helpers/browser.js';
import { builtIn } from './command.js';
import { folder, reportOf, sample } from './host-bench.js';

describe.skipIf(withoutBrowser)(`the page of host bench${withoutBrowser}`, () => {
  // A name that would become markup if it were not escaped.
  const hostile = '<img src=x onerror=alert(1)>&"\'';
  const log = join(folder, hostile.replaceAll('/', ''));
  const file = join(folder, 'page.html');
  let page: Page;
  let report: Report;

  beforeAll(async () => {
    copyFileSync(sample, log);
    const plugins = join(folder, '<b>plugins');
    mkdirSync(plugins);
    const path = join(plugins, 'lib<script>alert(2).so');
    copyFileSync(builtIn('contains'), path);
    report = await reportOf(path, '-p', 'text=<script>alert(3)</script>', log, '--runs', '7', '--html', file);
    page = await Page.open();
    await page.resize(1200, 1000);
    await page.goto(pathToFileURL(file).href);
  });
  afterAll(() => page?.close());

  const texts = (selector: string) =>
    page.evaluate<string[]>(`[...document.querySelectorAll('${selector}')].map((node) => node.textContent)`);

  it('shows the figures of the report, in words, charts and a table', async () => {
    expect(await page.evaluate('document.title')).toBe('contains 0.1.0: plughost bench');
    expect(await texts('h1')).toEqual(['contains 0.1.0']);
    const facts = await page.evaluate<string>(`document.querySelector('.facts').innerText`);
    expect(facts.split('\n').slice(0, 2)).toEqual([
      '-p text=<script>alert(3)</script>',
      expect.stringContaining(`${log}: `),
    ]);
    expect(await texts('.remark')).toEqual(report.remarks.map((remark) => `Note: ${remark}.`));

    const bars = [report.readCeiling, ...report.calls];
    expect(await texts('svg text.value')).toEqual([
      ...bars.map(({ gigabytesPerSecond }) => gigabytesPerSecond.toFixed(2)),
      ...report.calls.map(({ stage }) => stage.nsPerLine.median.toFixed(1)),
    ]);
    const cells = await page.evaluate<string[][]>(
      `[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
    );
    expect(cells.map((row) => [row[1], row[2], row[4]])).toEqual(
      bars.map(({ gigabytesPerSecond, nsPerLine }, i) => [
        ['', ...report.calls.map(({ kind, shape }) => `${kind} by ${shape}`)][i],
        gigabytesPerSecond.toFixed(2),
        nsPerLine.median.toFixed(1),
      ]),
    );
  });

  it('draws bars as long as their values say, and a tick for each run within the scale', async () => {
    const drawn = await page.evaluate<{ bars: number[]; ticks: number[]; ends: number[] }[]>(`
      [...document.querySelectorAll('svg')].map((svg) => {
        const from = Number(svg.querySelector('.bar').getAttribute('x'));
        const scale = [...svg.querySelectorAll('text.scale')].map((text) => [Number(text.textContent), Number(text.getAttribute('x')) - from]);
        const [end, width] = scale.at(-1);
        const value = (x) => (x / width) * end;
        return {
          bars: [...svg.querySelectorAll('.bar')].map((bar) => value(bar.getBBox().width)),
          ticks: [...svg.querySelectorAll('.run')].map((run) => value(Number(run.getAttribute('x1')) - from)),
          ends: [end],
        };
      })`);
    const { bytes, lines } = report.log;
    const wanted = [
      {
        bars: [report.readCeiling, ...report.calls].map(({ gigabytesPerSecond }) => gigabytesPerSecond),
        ticks: [report.readCeiling, ...report.calls].flatMap(({ ms }) => ms.map((one) => bytes / one / 1e6)),
      },
      {
        bars: report.calls.map(({ stage }) => stage.nsPerLine.median),
        ticks: report.calls.flatMap(({ stage }) => stage.ms.map((one) => (one * 1e6) / lines)),
      },
    ];
    for (const [i, { bars, ticks }] of wanted.entries()) {
      const end = drawn[i]?.ends[0] as number;
      // The page rounds places to a tenth of a pixel, and the scale has several hundred.
      const far = (found: number[], wanted: number[]) =>
        wanted.filter((value, at) => !(Math.abs((found[at] as number) - value) < end / 2000));
      const { bars: drawnBars = [], ticks: drawnTicks = [] } = drawn[i] ?? {};
      const within = ticks.filter((tick) => tick <= end);
      expect([drawnBars.length, drawnTicks.length]).toEqual([bars.length, within.length]);
      expect([...far(drawnBars, bars), ...far(drawnTicks, within)]).toEqual([]);
    }
  });

  it('needs nothing beside itself, and nothing in it complains or is run', async () => {
    expect(page.complaints).toEqual([]);
    expect(page.requests).toEqual([pathToFileURL(file).href]);
    expect(await page.evaluate(`document.querySelectorAll('script, img, link, iframe, b').length`)).toBe(0);
    // The page's policy blocks scripts that get into it, and this test would see the block.
    await page.evaluate(`document.body.append(Object.assign(new Image(), { src: 'https://localhost/x.png' }))`);
    await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))`);
    expect(page.complaints.map((text) => /Content Security Policy/i.test(text))).toEqual([true, true]);
    await page.goto(pathToFileURL(file).href);
  });

  it.each([1200, 360])('fits a window of %i pixels', async (width) => {
    await page.resize(width, 1000);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(
      await page.evaluate('document.documentElement.clientWidth'),
    );
    const outside = await page.evaluate<string[]>(`
      [...document.querySelectorAll('svg text')].filter((text) => {
        const box = text.getBBox();
        const view = text.ownerSVGElement.viewBox.baseVal;
        return box.x < 0 || box.y < 0 || box.x + box.width > view.width || box.y + box.height > view.height;
      }).map((text) => text.textContent)`);
    expect(outside).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('is readable in %s colours', async (scheme) => {
    await page.prefer(scheme);
    const pairs = await page.evaluate<[text: string, ink: string, paper: string][]>(`
      [...document.querySelectorAll('h1, h2, p, figcaption, th, td, dt, dd, svg text')].map((node) => {
        const style = getComputedStyle(node);
        const own = style.backgroundColor === 'rgba(0, 0, 0, 0)' ? getComputedStyle(document.body).backgroundColor : style.backgroundColor;
        return [node.textContent, node.ownerSVGElement ? style.fill : style.color, own];
      })`);
    const luminance = (color: string) => {
      const [red = 0, green = 0, blue = 0] = [...color.matchAll(/[\d.]+/g)].map(([number]) => {
        const share = Number(number) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (ink: string, paper: string) => {
      const [dark = 0, light = 0] = [luminance(ink), luminance(paper)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    expect(pairs.length).toBeGreaterThan(60);
    expect(luminance(pairs[0]?.[2] ?? '') > 0.5).toBe(scheme === 'light');
    expect(pairs.filter(([, ink, paper]) => contrast(ink, paper) < 4.5)).toEqual([]);
  });
});
