import { closeSync, openSync, readSync } from 'node:fs';
import { addon } from '../../addon.js';
import { InputError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { numberOf } from '../../pipeline/rows/column-type.js';
import type { Range } from '../../pipeline/states/coverage.js';
import { canonicalJson, type HeaderPlugin, type StateHeader } from '../../pipeline/states/header.js';
import { OpenStates } from '../../pipeline/states/open-states.js';
import { isPrefix } from '../../pipeline/states/prefix.js';
import { cleaned, jsonText } from '../../text/printable.js';
import { systemReason } from '../../text/system-reason.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import { table } from '../terminal/table.js';
import { count } from '../terminal/terminal.js';

/** Returns whether a path is that of a regular file which begins as files of states do. */
export function isStateFile(path: string): boolean {
  if (!fileStatusOf(path)?.isFile()) return false;
  try {
    const fd = openSync(systemPath(path), 'r');
    try {
      const bytes = Buffer.alloc(8);
      return readSync(fd, bytes) === bytes.length && isPrefix(bytes);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** What a file of states has. */
export interface StatesInFile {
  header: StateHeader;
  /** The bytes of inputs that they are of. */
  coverage: readonly Range[];
  lines: number;
  rows: number;
  unparsed: number;
  /** Of each section. */
  groups: number[];
}

/**
 * Reads and checks all of a file of states, and returns what it has. Loads no plugin.
 * @throws InputError when it is damaged
 */
export function readStates(path: string): StatesInFile {
  using states = new OpenStates([path], STANDARD_INPUT);
  const { header, coverage, files } = states;
  const { fd = -1, bytes = Buffer.of() } = files[0] ?? {};
  const { failure, ...counts } = addon().readStates({
    fd,
    prefix: bytes,
    sections: header.sections.map(({ by, aggregators }) => ({
      by: by.map(({ type }) => ({ type: numberOf(type) })),
      aggregators: aggregators.length,
    })),
  });
  if (!failure) return { header, coverage, ...counts };
  throw new InputError(
    path,
    'read the states',
    failure.message ? `it is damaged: ${failure.message}` : systemReason(failure.code),
  );
}

/**
 * Returns what a file of states has as text, after reading and checking all of it. Loads no plugin.
 * @throws InputError when it is damaged
 */
export function describeStates(path: string, json: boolean): string {
  const { header, coverage, lines, rows, unparsed, groups } = readStates(path);
  if (json) return `${jsonText({ path, states: { header, coverage, lines, rows, unparsed, groups } })}\n`;
  const ranges = coverage.map(({ name, begin, end }) => `bytes ${begin} to ${end} of ${name}`);
  const covered = ranges.length > 0 ? ranges : ['no bytes of a file: what came from a stream can be counted twice'];
  const facts: [string, string][] = [
    ['format', 'states, format 1'],
    ...header.stages.map((stage, i): [string, string] => [i === 0 ? 'stages' : '', canonicalJson(stage)]),
    ['parser', shown(header.rows.parser)],
    ...header.rows.filters.map((filter): [string, string] => ['filter', (filter.invert ? 'not ' : '') + shown(filter)]),
    ...header.sections.flatMap(({ by, aggregators }, i): [string, string][] => [
      ['groups', `${count(groups[i] ?? 0)} by ${by.map(({ text }) => text).join(', ') || 'nothing'}`],
      ...aggregators.map((one): [string, string] => ['', `${shown(one)}, revision ${one.revision}`]),
    ]),
    ['lines', `${count(lines)}, of which ${count(unparsed)} do not fit; ${count(rows)} rows`],
    ...covered.map((text, i): [string, string] => [i === 0 ? 'covers' : '', text]),
  ];
  return `${cleaned(path)}\n${table(facts.map(([name, text]) => [name, cleaned(text)]))}\n`;
}

const shown = ({ id, config }: HeaderPlugin): string => {
  const options = canonicalJson(config);
  return options === '{}' ? id : `${id} ${options}`;
};
