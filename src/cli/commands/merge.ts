import { UsageError } from '../../errors/index.js';
import { Caller } from '../../pipeline/caller.js';
import type { Command } from '../command.js';
import { readFlags } from '../flags/flag-reader.js';
import { MERGE_FLAGS, type MergeRequest } from '../flags/states.js';
import { mergeStates } from '../run/merge-states.js';
import { refuseTerminal } from '../terminal/output.js';

export const merge: Command = {
  usage: 'plughost merge STATE... [-o FILE] [FLAG...]',
  about: 'Merges files of states, which plughost run --emit-state wrote, into one.',
  details:
    'STATE is a file or a pipe; - is standard input. The result has the same bytes as one run over all inputs would have written, in whatever order and groups they are merged. Files that another command has made are refused, and files that cover the same bytes of an input.',
  flags: MERGE_FLAGS,
  examples: ['plughost merge monday.state tuesday.state -o week.state'],
  status: '0 they are merged, 2 any error.',
  run(given, terminal) {
    const paths: string[] = [];
    const request = readFlags('merge', MERGE_FLAGS, {} as MergeRequest, given, (path) => paths.push(path));
    if (paths.length === 0) throw new UsageError('merge: no STATE is given', { hint: 'see: plughost merge --help' });
    refuseTerminal('merge', request.output);
    return mergeStates(Caller.command('merge'), paths, request, undefined, undefined, terminal);
  },
};
