import { styleOf } from '../page/style.js';

/** The style sheet of a report. */
export const STYLE = styleOf(
  {
    light: '--s0: #3b76d6; --s1: #3f9a6d; --s2: #c08a1e; --s3: #c2483d; --s4: #7d5bc0; --s5: #6b7683;',
    dark: '--s0: #5c92e8; --s1: #4fae80; --s2: #d9a441; --s3: #e0695e; --s4: #9d80db; --s5: #8b95a1;',
  },
  `.legend, summary { color: var(--faint); }
svg { min-width: 30rem; }
svg text { fill: var(--faint); font: 11px system-ui, sans-serif; }
.series-0 { fill: var(--s0); --key: var(--s0); } .series-1 { fill: var(--s1); --key: var(--s1); }
.series-2 { fill: var(--s2); --key: var(--s2); } .series-3 { fill: var(--s3); --key: var(--s3); }
.series-4 { fill: var(--s4); --key: var(--s4); } .series-5 { fill: var(--s5); --key: var(--s5); }
.key { margin: 0 0 0 .75rem; padding-left: .35rem; border-left: .7rem solid var(--key); color: var(--ink);
  print-color-adjust: exact; }
th, td { padding: .2rem .9rem .2rem 0; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: pre-wrap; overflow-wrap: anywhere; overflow: hidden; }
.bars { width: 100%; min-width: 30rem; table-layout: fixed; } .bars th:nth-child(2) { width: 6rem; }
.bars th:nth-child(3) { width: 5rem; } .bars th:last-child { width: 35%; }
.bar { height: .8rem; border-radius: 2px; background: var(--s0); print-color-adjust: exact; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0; }
dt { color: var(--faint); font-size: .875rem; }
dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
@media print { section { break-inside: avoid; } details { display: none; } }`,
);
