/** The colours of a page beside those of its paper and text, as custom properties: for light and for dark screens. */
interface Colours {
  light: string;
  dark: string;
}

/** Returns a style sheet: what all pages have, for light and dark screens and for paper, then the rules of this one. */
export const styleOf = ({ light, dark }: Colours, rules: string): string => `
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1d21; --faint: #5b6470; --rule: #dfe3e8; --remark: #fff4dc;
  ${light} }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e6e9ed; --faint: #a0a9b5; --rule: #333a43; --remark: #3a2f17;
    ${dark} }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.75rem; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
p { max-width: 45rem; overflow-wrap: anywhere; }
.facts { color: var(--faint); }
.remark { padding: .5rem .75rem; border-radius: 4px; background: var(--remark); }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; height: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--rule); text-align: right; }
th { color: var(--faint); font-weight: 400; }
${rules}
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #1a1d21; --faint: #5b6470; --rule: #dfe3e8; --remark: #fff4dc;
    ${light} }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  svg, tr { break-inside: avoid; }
  svg * { print-color-adjust: exact; }
}
`;
