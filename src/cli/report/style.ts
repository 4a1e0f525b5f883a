/** The style sheet of a report: for light and dark screens, and for paper. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1d21; --faint: #5b6470; --rule: #dfe3e8; --remark: #fff4dc;
  --s0: #3b76d6; --s1: #3f9a6d; --s2: #c08a1e; --s3: #c2483d; --s4: #7d5bc0; --s5: #6b7683; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e6e9ed; --faint: #a0a9b5; --rule: #333a43; --remark: #3a2f17;
    --s0: #5c92e8; --s1: #4fae80; --s2: #d9a441; --s3: #e0695e; --s4: #9d80db; --s5: #8b95a1; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.75rem; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
p { max-width: 45rem; overflow-wrap: anywhere; }
.facts, .legend, summary { color: var(--faint); }
.remark { padding: .5rem .75rem; border-radius: 4px; background: var(--remark); }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 30rem; height: auto; }
svg text { fill: var(--faint); font: 11px system-ui, sans-serif; }
.series-0 { fill: var(--s0); --key: var(--s0); } .series-1 { fill: var(--s1); --key: var(--s1); }
.series-2 { fill: var(--s2); --key: var(--s2); } .series-3 { fill: var(--s3); --key: var(--s3); }
.series-4 { fill: var(--s4); --key: var(--s4); } .series-5 { fill: var(--s5); --key: var(--s5); }
.key { margin-right: .5rem; padding-left: .35rem; border-left: .7rem solid var(--key); color: var(--ink); }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th { color: var(--faint); font-weight: 400; }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.bars { width: 100%; } .bars td:last-child { width: 35%; }
.bar { height: .8rem; border-radius: 2px; background: var(--s0); print-color-adjust: exact; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0; }
dt { color: var(--faint); font-size: .875rem; } dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
@media print { main { max-width: none; padding: 0; } section { break-inside: avoid; } details { display: none; } }
`;
