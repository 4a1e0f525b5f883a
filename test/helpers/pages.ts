import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../e2e/command.js';

const listed = spawnSync('git', ['-C', ROOT, 'ls-files', '-z'], { encoding: 'utf8' });

/** Every file of the project, as git lists it; empty when the project is not a clone. */
export const FILES: readonly string[] = listed.status === 0 ? listed.stdout.split('\0').filter(Boolean) : [];

/** Why tests that need the list of files are skipped, or undefined. */
export const noClone = FILES.length === 0 ? 'the project is no clone of git' : undefined;

/** Every page of documentation, relative to the root. */
export const PAGES: readonly string[] = FILES.filter((file) => file.endsWith('.md') && !file.startsWith('bench/'));

export const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** A fenced block of code on a page. */
export interface Block {
  page: string;
  language: string;
  text: string;
  /** Its first line, which names it. */
  head: string;
}

const blocksIn = (page: string, part: string): Block[] =>
  [...part.matchAll(/^ *```(\w*)\n(.*?)^ *```/gms)].map(([, language = '', text = '']) => ({
    page,
    language,
    text,
    head: text.split('\n', 1)[0] ?? '',
  }));

export const blocksOf = (page: string): Block[] => blocksIn(page, textOf(page));

/** Returns the blocks of the section of a page that has this heading. */
export function blocksBelow(page: string, heading: string): Block[] {
  const sections = textOf(page).split(/^## /m);
  const section = sections.find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${page} has no section ${heading}`);
  return blocksIn(page, section);
}

/** A page without its blocks of code. */
export const proseOf = (page: string): string => textOf(page).replace(/^ *```.*?^ *```/gms, '');
