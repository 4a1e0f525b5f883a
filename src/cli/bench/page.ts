import { element, escaped } from '../page/markup.js';
import { documentOf, tableOf } from '../page/page.js';
import { type Bar, barChart } from './chart.js';
import type { CallReport, Report } from './report.js';
import { callName, figure, HEADINGS, LEGEND, rowsOf, setupOf, titleOf } from './words.js';

/** Returns the report as a self-contained page, in the light or dark colours that the reader prefers. */
export function pageOf(report: Report): string {
  const { plugin, log, at, remarks } = report;
  const title = titleOf(report);
  const speed = (ms: number) => log.bytes / ms / 1e6;
  const perLine = (ms: number) => (ms * 1e6) / log.lines;

  const groups = (barOf: (call: CallReport) => Omit<Bar, 'label' | 'kind'>) =>
    (['plugin', 'no-op'] as const).map((of) => ({
      heading: of === 'plugin' ? plugin.label : 'no-op',
      bars: report.calls
        .filter((call) => call.of === of)
        .map((call) => ({ label: callName(call), kind: of, ...barOf(call) })),
    }));
  const { readCeiling } = report;
  const throughput = barChart({
    title: 'Gigabytes a second of whole runs, by each call',
    groups: [
      {
        heading: 'read limit',
        bars: [
          {
            label: 'reading alone',
            kind: 'limit',
            value: readCeiling.gigabytesPerSecond,
            runs: readCeiling.ms.map(speed),
          },
        ],
      },
      ...groups(({ gigabytesPerSecond, ms }) => ({ value: gigabytesPerSecond, runs: ms.map(speed) })),
    ],
    mark: { label: 'read limit', value: readCeiling.gigabytesPerSecond },
    format: (value) => value.toFixed(2),
  });
  const splitting = report.calls.filter(({ beyondSplitting }) => beyondSplitting === null);
  const costs = barChart({
    title: 'Nanoseconds a line inside the stage, by each call',
    groups: groups(({ stage }) => ({ value: stage.nsPerLine.median, runs: stage.ms.map(perLine) })),
    // A plugin of several kinds has several splitting costs, so none can be marked.
    mark:
      splitting.length === 1 && splitting[0]
        ? { label: 'splitting', value: splitting[0].stage.nsPerLine.median }
        : undefined,
    format: figure,
  });

  const body = [
    element('h1', {}, escaped(title)),
    element('p', { class: 'facts' }, [...setupOf(report), `measured ${at}`].map(escaped).join('<br>')),
    ...remarks.map((remark) => element('p', { class: 'remark' }, escaped(`Note: ${remark}.`))),
    chartOf('Whole runs, GB/s: longer is better', throughput),
    chartOf('Inside the stage, ns a line: shorter is better', costs),
    element('p', {}, 'Bars are medians; each run is a tick, save those beyond the scale.'),
    element('h2', {}, 'Figures'),
    element('div', { class: 'wide' }, tableOf(HEADINGS, rowsOf(report))),
    element('h2', {}, 'How to read them'),
    element(
      'dl',
      {},
      LEGEND.map(([term, meaning]) => element('dt', {}, escaped(term)) + element('dd', {}, escaped(meaning))).join(''),
    ),
  ];
  return documentOf(`${title}: plughost bench`, STYLE, body);
}

function chartOf(caption: string, svg: string): string {
  return element('figure', {}, element('figcaption', {}, escaped(caption)) + element('div', { class: 'wide' }, svg));
}

const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1d21; --faint: #5b6470; --rule: #dfe3e8;
  --plugin: #3b76d6; --no-op: #a3acb8; --limit: #3f9a6d; --mark: #a8480a; --remark: #fff4dc; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e6e9ed; --faint: #a0a9b5; --rule: #333a43;
    --plugin: #5c92e8; --no-op: #66707d; --limit: #4fae80; --mark: #f0a35e; --remark: #3a2f17; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.75rem; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
p, dd { max-width: 45rem; overflow-wrap: anywhere; }
.facts, dd { color: var(--faint); }
.remark { padding: .5rem .75rem; border-radius: 4px; background: var(--remark); }
figure { margin: 2rem 0; }
figcaption { margin-bottom: .5rem; font-weight: 600; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 36rem; height: auto; font: 13px system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg text.heading { font-weight: 600; }
svg text.scale { fill: var(--faint); font-size: 11px; }
svg text.mark { fill: var(--mark); font-size: 11px; }
svg text.value { font-variant-numeric: tabular-nums; }
svg line.grid { stroke: var(--rule); }
svg line.run { stroke: var(--ink); stroke-opacity: .45; }
svg line.mark { stroke: var(--mark); stroke-dasharray: 4 3; }
svg .bar.plugin { fill: var(--plugin); }
svg .bar.no-op { fill: var(--no-op); }
svg .bar.limit { fill: var(--limit); }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule); text-align: right; }
th { color: var(--faint); font-weight: 400; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
td:first-child, dt { font-weight: 600; }
dd { margin: 0 0 .75rem; }
`;
