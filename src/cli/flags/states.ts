import { type Flag, setsValue } from './flag.js';
import type { Plan } from './plan.js';
import { FOLDER_FLAG, LOADING_FLAGS, type LoadingRequest, TRUST_FLAGS } from './plugins.js';
import { names, text, wholeNumber } from './values.js';

/** How states are merged. */
export interface MergeRequest extends LoadingRequest {
  output: string | undefined;
}

/** How the answers of states are printed. */
export interface FinishRequest extends MergeRequest {
  plan: Plan;
  sort: string[] | undefined;
  limit: number | undefined;
}

const OUTPUT_FLAG: Flag<Pick<MergeRequest, 'output'>> = {
  name: 'output',
  short: 'o',
  value: 'FILE',
  group: 'output',
  help: 'Write to FILE when all went well',
  details: 'FILE appears, or is replaced, as a whole at the end. - is standard output.',
  ...setsValue('output', text),
};

export const MERGE_FLAGS: readonly Flag<MergeRequest>[] = [OUTPUT_FLAG, FOLDER_FLAG, ...TRUST_FLAGS];

export const FINISH_FLAGS: readonly Flag<FinishRequest>[] = [
  {
    name: 'sort',
    value: 'COLUMNS',
    group: 'rows',
    help: 'Sort the answers by columns, -COLUMN descends',
    ...setsValue('sort', names),
  },
  {
    name: 'limit',
    value: 'N',
    group: 'rows',
    help: 'Print only the first N answers',
    details: '0 prints all, as without the flag.',
    ...setsValue('limit', wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  },
  {
    name: 'export',
    value: 'PLUGIN',
    once: true,
    group: 'output',
    help: 'Write the answers in the format of this exporter',
    details: 'By default they are a table at a terminal, and CSV elsewhere. Options of the plugin follow it.',
    apply({ plan }, value) {
      plan.setExporter(value);
    },
    negate({ plan }) {
      plan.removeExporter();
    },
  },
  OUTPUT_FLAG,
  ...LOADING_FLAGS,
];
