import type { NativeAnswers, NativeMerged } from '../../addon/row-spec.js';
import type { RunSpec } from '../../addon/run-spec.js';
import { systemPath } from '../../files/file-name.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { Caller } from '../caller.js';
import { answerColumns } from '../rows/answer-columns.js';
import { numberOf } from '../rows/column-type.js';
import { answersOf, nativeOf } from '../rows/row-spec.js';
import type { HeaderSection } from './header.js';
import type { OpenStates } from './open-states.js';
import { prefixOf } from './prefix.js';

const FINISH = Caller.command('finish');

/** Files of states that a run merges, instead of reading inputs. */
export interface Merging {
  states: OpenStates;
  /** The aggregators of each section of the header, in its order. */
  aggregators: Plugin[][];
  /** Says for each section how its answers are sorted, and how many of them are written; undefined: the run writes states. */
  answers: ((section: HeaderSection) => AnswerOrder) | undefined;
}

/** How answers are sorted, and the most of them. */
export interface AnswerOrder {
  sort?: readonly string[] | undefined;
  limit?: number | undefined;
}

/** Returns the parts of the spec of a run that merges. @throws UsageError when an answer has not the columns of `sort` */
export function mergingSpec({ states, aggregators, answers }: Merging): Pick<RunSpec, 'merged' | 'states' | 'answers'> {
  const { sections } = states.header;
  const merged: NativeMerged = {
    inputs: states.files.map(({ name, fd, bytes }) => ({ name: systemPath(name), fd, prefix: bytes })),
    folds: sections.map(({ by, aggregators: described }, section) => ({
      by: by.map(({ type }) => ({ type: numberOf(type) })),
      aggregators: (aggregators[section] ?? []).map((plugin, i) => ({
        aggregator: plugin.stage('aggregator'),
        outputs: (described[i]?.outputs ?? []).map(nativeOf),
      })),
    })),
  };
  if (!answers) return { merged, states: { prefix: prefixOf(states.header, states.coverage), stage: 0 }, answers: [] };
  return {
    merged,
    states: null,
    answers: sections.map((section, fold): NativeAnswers => {
      const { by, aggregators: described } = section;
      const columns = answerColumns(
        FINISH,
        by,
        described.map(({ config, outputs }, i) => ({ label: aggregators[fold]?.[i]?.label ?? '', config, outputs })),
      );
      const { sort, limit } = answers(section);
      return { stage: 0, fold, ...answersOf(FINISH, { sort: sort && [...sort], limit }, columns) };
    }),
  };
}
