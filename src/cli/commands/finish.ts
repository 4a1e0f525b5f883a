import { UsageError } from '../../errors/index.js';
import { Caller } from '../../pipeline/caller.js';
import type { Command } from '../command.js';
import { readFlags } from '../flags/flag-reader.js';
import { Plan } from '../flags/plan.js';
import { FINISH_FLAGS, type FinishRequest } from '../flags/states.js';
import { mergeStates } from '../run/merge-states.js';
import { answerWriterOf } from '../run/row-writer.js';

export const finish: Command = {
  usage: 'plughost finish STATE... [--export PLUGIN] [FLAG...]',
  about: 'Prints the answers of states, as plughost run prints them.',
  details:
    'STATE is a file that plughost run --emit-state or plughost merge wrote, or a pipe; - is standard input. Several are merged first.',
  flags: FINISH_FLAGS,
  examples: ['plughost finish week.state --sort -count --limit 10', 'plughost finish week.state --export jsonl'],
  status: '0 there is an answer about a row, 1 there is none, 2 any error.',
  run(given, terminal) {
    const paths: string[] = [];
    const flags = { plan: new Plan() } as FinishRequest;
    const request = readFlags('finish', FINISH_FLAGS, flags, given, (path) => paths.push(path));
    if (paths.length === 0) throw new UsageError('finish: no STATE is given', { hint: 'see: plughost finish --help' });
    const { sort, limit, plan } = request;
    const exporter = answerWriterOf(plan.exporter, request.output, limit);
    return mergeStates(Caller.command('finish'), paths, request, () => ({ sort, limit }), exporter, terminal);
  },
};
