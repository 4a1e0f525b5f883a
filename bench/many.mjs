// Many small files in folders, beside `rg --sort path`, which prints the same names and lines in the same order.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files in one folder. */
const FILES = 100;
const WORDS = ['GET', 'POST', 'basket', 'session', 'invoice', 'took', 'ms', 'worker', 'com.example.shop', 'INFO'];

/** Writes `count` files of 1 to 4 KiB into a new folder. Returns the job: names and lines that contain a text. */
export function manyFiles(folder, count) {
  const root = join(folder, 'many');
  const name = (what, number) => `${what}-${String(number).padStart(4, '0')}`;
  for (let i = 0; i < count; i++) {
    const place = join(root, name('folder', Math.floor(i / FILES)));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `${name('file', i % FILES)}.log`), textOf(i));
  }
  return {
    name: 'many files',
    label: `${count.toLocaleString('en-US')} files of 1 to 4 KiB`,
    literal: 'ERROR',
    filter: ['--filter', 'contains', '-p', 'text=ERROR'],
    file: root,
    folder: true,
  };
}

/** Returns the text of one file. Every fifth file has a line with ERROR. */
function textOf(number) {
  const size = 1024 + ((number * 7919) % 3072);
  let text = '';
  for (let line = 0; text.length < size; line++) {
    const words = Array.from({ length: 8 }, (_, i) => WORDS[(number + line * (i + 3)) % WORDS.length]);
    text += `2026-03-01 ${line} ${number % 5 === 0 && line === 7 ? 'ERROR ' : ''}${words.join(' ')}\n`;
  }
  return text;
}
