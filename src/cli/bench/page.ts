import { element, escaped } from '../page/markup.js';
import { documentOf, tableOf } from '../page/page.js';
import { styleOf } from '../page/style.js';
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

const STYLE = styleOf(
  {
    light: '--plugin: #3b76d6; --no-op: #a3acb8; --limit: #3f9a6d; --mark: #a8480a;',
    dark: '--plugin: #5c92e8; --no-op: #66707d; --limit: #4fae80; --mark: #f0a35e;',
  },
  `dd { max-width: 45rem; margin: 0 0 .75rem; color: var(--faint); overflow-wrap: anywhere; }
figure { margin: 2rem 0; }
figcaption { margin-bottom: .5rem; font-weight: 600; }
svg { min-width: 36rem; font: 13px system-ui, sans-serif; }
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
table { white-space: nowrap; }
th, td { padding: .3rem .9rem .3rem 0; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
td:first-child, dt { font-weight: 600; }`,
);
