// Draws docs/pictures/terminal.svg: runs commands in a clone that is built, and sets what they print as a terminal would.
//
//   node scripts/draw-terminal.mjs            writes the picture
//   node scripts/draw-terminal.mjs --print    prints it instead
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const COMMANDS = [
  "plughost run samples/access.log --filter contains -p 'text=\" 404 ' --filter contains -p text=Googlebot -n",
  'plughost run samples/access.log --filter contains -p text=Googlebot --count',
  "plughost run samples/access.log --filter contains -p 'text=\" 404 ' --transform redact -m 3",
];
const COLUMNS = 110;
const [LINE, CHARACTER, MARGIN] = [19, 7.8, 16];

/** The classes of the sequences that `--color always` prints. */
const CLASSES = { 32: 'number', 35: 'name', 36: 'separator', '1;31': 'match' };

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The spans of a printed line, cut at the width of the terminal. */
function spansOf(line) {
  const spans = [];
  let room = COLUMNS;
  let kind;
  for (const [i, part] of line.split('\x1b[').entries()) {
    const [, code, text = part] = (i > 0 && /^([\d;]*)[mK](.*)$/.exec(part)) || [];
    if (code !== undefined) kind = CLASSES[code];
    if (text && room > 0) spans.push({ kind, text: text.length > room ? `${text.slice(0, room - 1)}…` : text });
    room -= text.length;
  }
  return spans;
}

function rowsOf(command) {
  const { stdout, status } = spawnSync(
    'bash',
    ['-c', `plughost() { ./bin/host.js "$@" --color always; }; ${command}`],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`${command} ended with status ${status}`);
  const prompt = [{ kind: 'prompt', text: '$ ' }, { text: command }];
  return [prompt, ...stdout.trimEnd().split('\n').map(spansOf), []];
}

const tspan = ({ kind, text }) => `<tspan${kind ? ` class="${kind}"` : ''}>${escaped(text)}</tspan>`;

const rows = COMMANDS.flatMap(rowsOf);
const height = rows.length * LINE + 2 * MARGIN;
const width = Math.round(COLUMNS * CHARACTER + 2 * MARGIN);
const lines = rows.map(
  (spans, i) => `  <text x="${MARGIN}" y="${MARGIN + (i + 1) * LINE - 5}">${spans.map(tspan).join('')}</text>`,
);
const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="13">
  <title>The first minute with plughost</title>
  <style>
    text { fill: #e6edf3; white-space: pre; }
    .prompt { fill: #7d8590; }
    .number { fill: #56d364; }
    .name { fill: #d2a8ff; }
    .separator { fill: #39c5cf; }
    .match { fill: #ff7b72; font-weight: 700; }
  </style>
  <rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${lines.join('\n')}
</svg>
`;
if (process.argv.includes('--print')) process.stdout.write(picture);
else writeFileSync(join(root, 'docs/pictures/terminal.svg'), picture);
