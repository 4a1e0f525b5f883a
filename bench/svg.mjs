// Draws the results: for each job a bar for each peer, relative to the time of ripgrep. The picture follows the colour
// scheme of the reader.
const BAR = 13;
const LABEL = 120;
const WIDTH = 760;
const GAP = 26;

const text = (value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function draw({ results, base }) {
  const most = 3;
  const scale = (WIDTH - LABEL - 60) / most;
  const parts = [];
  let y = 30;
  for (const { name, lines, peers } of results) {
    parts.push(
      `<text class="job" x="0" y="${y}">${text(name)} <tspan class="note">${lines.toLocaleString('en-US')} lines</tspan></text>`,
    );
    y += 8;
    for (const [peer, { ms }] of Object.entries(peers)) {
      const ratio = ms / peers[base].ms;
      const width = Math.min(ratio, most) * scale;
      const kind = /^(host|patterns)/.test(peer) ? 'ours' : peer === base ? 'base' : 'peer';
      parts.push(
        `<text x="${LABEL - 6}" y="${y + BAR - 3}" text-anchor="end">${text(peer)}</text>`,
        `<rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}"/>`,
        `<text class="note" x="${LABEL + width + 5}" y="${y + BAR - 3}">${ratio.toFixed(2)}${ratio > most ? ' →' : ''}</text>`,
      );
      y += BAR;
    }
    y += GAP;
  }
  const line = LABEL + scale;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="11">
<title>Time of the whole process beside ${text(base)}</title>
<style>
  text { fill: #222 } .job { font-weight: 600; font-size: 12px } .note { fill: #777; font-weight: 400; font-size: 10px }
  .ours { fill: #2a7de1 } .base { fill: #888 } .peer { fill: #c9c9c9 } .one { stroke: #888; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } .note { fill: #999 } .peer { fill: #555 } .base { fill: #999 } }
</style>
<text class="note" x="0" y="10">Time of the whole process as a share of ${text(base)}'s; shorter is faster.</text>
<line class="one" x1="${line}" x2="${line}" y1="16" y2="${y - GAP}"/>
${parts.join('\n')}
</svg>
`;
}
