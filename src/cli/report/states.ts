import { answersOfStates } from '../../pipeline/rows/rows.js';
import { timeZoneOf } from '../../pipeline/run-spec.js';
import type { HeaderSection } from '../../pipeline/states/header.js';
import { OpenStates } from '../../pipeline/states/open-states.js';
import type { LoadingRequest } from '../flags/plugins.js';
import { LoadedPlugins } from '../named-plugin.js';
import { readStates } from '../run/describe-states.js';
import type { Interruption } from '../run/interruption.js';
import { loadAggregators } from '../run/merge-states.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import type { Report } from './page.js';
import { type Answer, onceEach, panelsOfStates, presetOf, REPORT } from './preset.js';
import { filterSentence, nameOf, numberText } from './words.js';

/**
 * Merges files of states, and returns what a report shows of them: a panel for each list of keys.
 * @param paths of regular files, because each is read twice
 * @throws InputError when one is damaged, or does not fit to the others; what loading a plugin throws
 */
export async function reportOfStates(
  paths: readonly string[],
  { folders, lock, allowWritable, allowHosts }: LoadingRequest,
  interruption: Interruption,
): Promise<Report> {
  const totals = { lines: 0, rows: 0, unparsed: 0, streams: 0 };
  for (const path of paths) {
    const { lines, rows, unparsed, coverage } = readStates(path);
    // What was read as a stream is not covered.
    if (lines > 0 && coverage.length === 0) totals.streams++;
    totals.lines += lines;
    totals.rows += rows;
    totals.unparsed += unparsed;
  }
  using states = new OpenStates(paths, STANDARD_INPUT);
  using plugins = new LoadedPlugins();
  const { header, coverage } = states;
  const parser = header.rows.parser.id;
  const panels = panelsOfStates(header.sections, presetOf(parser));
  const orders = new Map(header.sections.map((section, i) => [section, panels[i]]));
  const controller = new AbortController();
  interruption.addEventListener('abort', () => controller.abort());
  const trust = { lock, allowWritable, allowHosts };
  const aggregators = loadAggregators(states, folders, (named, path) => plugins.load(named, path, trust));
  const merging = { states, aggregators, answers: (section: HeaderSection) => orders.get(section) ?? {} };
  const { tables } = await answersOfStates(REPORT, merging, header.tz, { signal: controller.signal });
  const zone = timeZoneOf(REPORT, header.tz);
  const answers = onceEach(panels).map(({ panel, place }): Answer => {
    const table = tables[place];
    return { panel, columns: table?.columns ?? [], rows: [...(table ?? [])], zone };
  });
  const { read, remarks } = sentences(totals, coverage, paths.length, parser);
  const { rows } = totals;
  return {
    answers,
    facts: { rows, read: [...read, ...filterSentence(rows, header.rows.filters, header.stages.length > 0)], remarks },
  };
}

function sentences(
  { lines, unparsed, streams }: { lines: number; unparsed: number; streams: number },
  coverage: OpenStates['coverage'],
  states: number,
  parser: string,
): Pick<Report['facts'], 'read' | 'remarks'> {
  const counted = (number: number, one: string, more: string) => `${numberText(number)} ${number === 1 ? one : more}`;
  const bytes = coverage.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const files = new Set(coverage.map(({ name }) => name)).size;
  const sources = [
    ...(files > 0 ? [`${numberText(bytes)} bytes of ${counted(files, 'file', 'files')}`] : []),
    ...(streams > 0 ? [`${counted(streams, 'stream', 'streams')} of unknown size`] : []),
  ];
  return {
    read: [
      `${[counted(lines, 'line', 'lines'), ...sources].join(', ')}, read by the parser ${nameOf(parser)}; from ${counted(states, 'file', 'files')} of states.`,
    ],
    remarks:
      unparsed > 0
        ? [
            `${counted(unparsed, 'line does', 'lines do')} not have the format and ${unparsed === 1 ? 'is' : 'are'} not counted.`,
          ]
        : [],
  };
}
