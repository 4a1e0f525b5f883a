import { element, escaped } from './markup.js';

/** Returns a page that needs nothing else and may run no script. `body` is markup. */
export function documentOf(title: string, style: string, body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    element('title', {}, escaped(title)),
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    element('main', {}, `\n${body.join('\n')}\n`),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Returns a table of texts. */
export function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (name: 'th' | 'td', row: readonly string[]) =>
    row.map((cell) => element(name, {}, escaped(cell))).join('');
  const head = element('thead', {}, element('tr', {}, cells('th', headings)));
  const body = rows.map((row) => element('tr', {}, cells('td', row))).join('');
  return element('table', {}, head + element('tbody', {}, body));
}
