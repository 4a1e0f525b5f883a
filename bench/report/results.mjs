// The files of results: one of runs with a warm cache, one of runs with a cold one.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judge } from './goals.mjs';

const pathOf = (cold) => fileURLToPath(new URL(`../${cold ? 'results-cold' : 'results'}.json`, import.meta.url));

/** Returns `{ warm, cold }`: the results that were kept last, each undefined if there are none. */
export function readResults() {
  const read = (cold) => (existsSync(pathOf(cold)) ? JSON.parse(readFileSync(pathOf(cold), 'utf8')) : undefined);
  return { warm: read(false), cold: read(true) };
}

/** Returns results as they are kept, with the goals judged by their figures. The goals are for a warm cache. */
export const textOf = (results) =>
  `${JSON.stringify(results.cold ? results : { ...results, goals: judge(results) }, null, 2)}\n`;

export const writeResults = (results) => writeFileSync(pathOf(results.cold), textOf(results));
