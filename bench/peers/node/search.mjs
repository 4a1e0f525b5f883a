// Node without anything native, as fast as it goes: blocks of a mebibyte, read synchronously into one buffer, searched
// as bytes for a literal and as latin1 for a pattern, whose lines are found around its matches.
// Usage: node search.mjs count|literal|regexp PATTERN FILE
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const [mode, pattern, file] = process.argv.slice(2);
const BLOCK = 1 << 20;
const NEWLINE = 10;

function countLines(block) {
  let count = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

function* byLiteral(block) {
  const literal = Buffer.from(pattern);
  for (let hit = block.indexOf(literal); hit >= 0; ) {
    const begin = block.lastIndexOf(NEWLINE, hit) + 1;
    const end = block.indexOf(NEWLINE, hit) + 1 || block.length;
    yield block.subarray(begin, end);
    hit = end < block.length ? block.indexOf(literal, end) : -1;
  }
}

function* byPattern(block) {
  const text = block.latin1Slice();
  const expression = new RegExp(pattern, 'gm');
  for (let match = expression.exec(text); match; match = expression.exec(text)) {
    const begin = text.lastIndexOf('\n', match.index - 1) + 1;
    const end = text.indexOf('\n', match.index) + 1 || text.length;
    yield block.subarray(begin, end);
    expression.lastIndex = end;
    if (end >= text.length) break;
  }
}

const search = mode === 'literal' ? byLiteral : byPattern;
let buffer = Buffer.alloc(2 * BLOCK);
const input = openSync(file);
let out = [];
let held = 0;
let count = 0;
const flush = () => {
  for (let bytes = Buffer.concat(out); bytes.length > 0; ) bytes = bytes.subarray(writeSync(1, bytes));
  out = [];
  held = 0;
};
for (let have = 0; ; ) {
  const got = readSync(input, buffer, have, BLOCK, null);
  have += got;
  const end = got === 0 ? have : buffer.subarray(0, have).lastIndexOf(NEWLINE) + 1;
  const block = buffer.subarray(0, end);
  if (mode === 'count') count += countLines(block);
  else {
    for (const line of search(block)) {
      out.push(Buffer.from(line));
      held += line.length;
      if (held > BLOCK) flush();
    }
  }
  if (got === 0) break;
  buffer.copyWithin(0, end, have);
  have -= end;
  if (buffer.length < have + BLOCK) buffer = Buffer.concat([buffer, Buffer.alloc(BLOCK)]);
}
closeSync(input);
if (mode === 'count') out.push(Buffer.from(`${count}\n`));
flush();
