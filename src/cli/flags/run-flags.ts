import type { Shape } from '../../loader/plugin/capabilities.js';
import type { LongLines } from '../../pipeline/pipeline.js';
import { PARAMETER_FLAGS } from '../named-plugin.js';
import { TAKE_BACK_FLAGS } from '../run/take-back.js';
import { WHEN } from '../terminal/when.js';
import { COMMON_FLAGS, describeFlags, type Flag } from './flags.js';
import { FAULT_FLAGS, ISOLATE_FLAGS } from './isolate-flags.js';
import { TRUST_FLAGS } from './trust-flags.js';

const COLOR = 'colour in messages, names, numbers and what filters find: auto, always or never';

/** The options of `host run`. */
export const FLAGS: Flag[] = [
  { name: 'filter', value: 'PLUGIN', help: 'keep the lines that this filter keeps; several: that all of them keep' },
  { name: 'any', help: 'of the filters that follow, one that keeps a line is enough' },
  { name: 'all', help: 'after --any: of those that follow, all must keep it again' },
  { name: 'invert', short: 'v', help: 'before a filter: keep what it drops' },
  { name: 'transform', value: 'PLUGIN', help: 'put other lines in their place, as this transform says' },
  { name: 'export', value: 'PLUGIN', once: true, help: 'write the lines in the format of this exporter' },
  ...PARAMETER_FLAGS,
  { name: 'plugin-dir', value: 'DIR', help: 'look for plugins here first' },
  ...TRUST_FLAGS,
  ...ISOLATE_FLAGS,
  ...FAULT_FLAGS,
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    help: 'write here; the file appears, or is replaced, when the run has not failed',
  },
  { name: 'keep-partial', help: 'write what there is to that file although the run has failed' },
  {
    name: 'append',
    help: 'add to the end of the output file as lines come; an exporter repeats no header there',
  },
  { name: 'count', short: 'c', help: 'print only the number of kept lines of each file, also when it is 0' },
  { name: 'total', help: 'with --count: print one number, of all files together' },
  { name: 'quiet', short: 'q', help: 'print nothing, and stop at the first kept line: only the status tells' },
  { name: 'max-count', short: 'm', value: 'N', help: 'stop reading a file after so many kept lines' },
  {
    name: 'line-number',
    short: 'n',
    help: 'print the number of each line in its file before it; with --export as a column',
  },
  {
    name: 'with-filename',
    short: 'H',
    help: 'print the name of its file before each line or number; with --export as a column',
  },
  { name: 'no-filename', short: 'I', help: 'print no names, also not before the numbers of several files' },
  { name: 'files-with-matches', short: 'l', help: 'print only the names of the files with a kept line' },
  { name: 'files-without-match', short: 'L', help: 'print only the names of the files without one' },
  { name: 'null', short: '0', help: 'print a NUL byte behind the name of a file, instead of what else stands there' },
  { name: 'before-context', short: 'B', value: 'N', help: 'print so many lines before each kept one as well' },
  { name: 'after-context', short: 'A', value: 'N', help: 'print so many lines behind it as well' },
  { name: 'context', short: 'C', value: 'N', help: 'print so many lines on both sides; -B and -A count more' },
  { name: 'json', help: "print JSON Lines: begin, match, context, end, summary, as ripgrep's --json" },
  { name: 'crlf', help: 'a carriage return before a newline is no part of the line' },
  {
    name: 'timeout',
    value: 'SECONDS',
    help: 'stop after this time, with status 2; what is complete is written, to a file of -o by --keep-partial alone',
  },
  { name: 'workers', short: 'j', value: 'N', help: 'threads; as many as there are cores by default' },
  { name: 'max-line', value: 'SIZE', help: 'the longest line that is allowed (16M by default)' },
  {
    name: 'long-lines',
    value: 'HOW',
    choices: ['fail', 'skip', 'split'] satisfies LongLines[],
    help: 'a longer line: fail (end the run), skip (leave it out) or split (cut it)',
  },
  { name: 'stats', help: 'tell on standard error how much was done, and how fast' },
  { name: 'progress', value: 'WHEN', choices: WHEN, help: 'a progress line: auto (on a terminal), always or never' },
  { name: 'config', value: 'FILE', once: true, help: 'take options from this configuration, and read no other' },
  { name: 'no-config', help: 'read no configuration: neither yours nor the one of this folder' },
  ...COMMON_FLAGS.map((flag) => (flag.name === 'color' ? { ...flag, help: COLOR } : flag)),
  {
    name: 'shape',
    value: 'SHAPE',
    choices: ['auto', 'scan', 'batch', 'line'] satisfies (Shape | 'auto')[],
    help: 'the call that filters and transforms use',
    hidden: true,
  },
  { name: 'block-size', value: 'SIZE', help: 'bytes that a worker takes at once', hidden: true },
  ...TAKE_BACK_FLAGS,
];

export const HELP = `Usage: host run [FILE...] [--filter PLUGIN | --transform PLUGIN]...
                [--export PLUGIN] [OPTION...]

Runs logs through native plugins, in the order in which they are named. FILE may
be compressed (gzip, zstd, xz, bzip2) or UTF-16, a directory, for all files
below it, or a glob such as 'logs/**/*.gz'; links that are named or matched are
followed, below a directory those to files. - or none is standard input. PLUGIN
is a name (the file lib<name>.so is looked for), or a path with a separator.

${describeFlags(FLAGS)}

Of an option that is given again the last one counts, save where it is an error.
What a configuration says is taken back by --no- and the name of the option, as
in --no-count. Without --config these are ~/.config/plughost/host.config.json
and, if you have trusted it (host trust), host.config.json of this folder.

Example: host run access.log --filter regex -p 'pattern= 5\\d\\d ' --export jsonl

Exit status: 0 a line was kept, 1 none was, 2 any error, 128 and the number of a
signal that ended it.
`;
