import type { Flag } from '../flags/flags.js';
import type { RunRequest } from './run-request.js';

/** How each option that a configuration may say is taken back: the request is as if nobody had said it. */
export const TAKE_BACK: Record<string, (request: RunRequest) => void> = {
  export: (request) => {
    request.exporter = undefined;
  },
  'plugin-dir': (request) => {
    request.folders = [];
  },
  'require-lock': ({ trust }) => {
    trust.lock = undefined;
  },
  'allow-writable': ({ trust }) => {
    trust.allowWritable = undefined;
  },
  isolate: ({ isolation }) => {
    isolation.isolate = isolation.options.sandbox = false;
  },
  sandbox: ({ isolation }) => {
    isolation.options.sandbox = false;
  },
  grant: ({ isolation: { options } }) => {
    options.grant = undefined;
  },
  'call-timeout': ({ isolation: { options } }) => {
    options.callTimeout = undefined;
  },
  memory: ({ isolation: { options } }) => {
    options.memory = undefined;
  },
  'on-fault': ({ isolation: { options } }) => {
    options.onFault = undefined;
  },
  'max-faults': ({ isolation: { options } }) => {
    options.maxFaults = undefined;
  },
  output: (request) => {
    request.output = undefined;
  },
  append: (request) => {
    request.append = false;
  },
  'keep-partial': (request) => {
    request.keepPartial = false;
  },
  count: (request) => {
    request.count = false;
  },
  total: (request) => {
    request.total = false;
  },
  quiet: (request) => {
    request.quiet = false;
  },
  'max-count': (request) => {
    request.limit = undefined;
  },
  'line-number': ({ print }) => {
    print.numbers = false;
  },
  'with-filename': (request) => {
    request.filenames = undefined;
  },
  'no-filename': (request) => {
    request.filenames = undefined;
  },
  null: ({ print }) => {
    print.nul = false;
  },
  'files-with-matches': (request) => {
    request.listed = undefined;
  },
  'files-without-match': (request) => {
    request.listed = undefined;
  },
  json: (request) => {
    request.json = false;
  },
  'before-context': ({ around }) => {
    around.before = undefined;
  },
  'after-context': ({ around }) => {
    around.after = undefined;
  },
  context: ({ around }) => {
    around.both = undefined;
  },
  crlf: (request) => {
    request.crlf = false;
  },
  timeout: (request) => {
    request.timeout = undefined;
  },
  workers: (request) => {
    request.workers = undefined;
  },
  'max-line': (request) => {
    request.maxLine = undefined;
  },
  'long-lines': (request) => {
    request.longLines = 'fail';
  },
  stats: (request) => {
    request.stats = false;
  },
  progress: (request) => {
    request.progress = 'auto';
  },
  verbose: (request) => {
    request.verbose = false;
  },
  color: (request) => {
    request.color = 'auto';
  },
};

/** `--no-NAME` for each of them: not in the help one by one, and offered by shells. */
export const TAKE_BACK_FLAGS: Flag[] = Object.keys(TAKE_BACK).map((name) => ({
  name: `no-${name}`,
  help: `take back what a configuration says of --${name}`,
  takesBack: name,
}));

const LABELS = ['null', 'before-context', 'after-context', 'context'];
const FORMS = ['count', 'files-with-matches', 'files-without-match', 'json', 'export'];

/** Pairs of options of which the later one drives out what a configuration below it says. */
const OPPOSED: [string, string][] = [
  ...FORMS.flatMap((name, i) => FORMS.slice(i + 1).map((other): [string, string] => [name, other])),
  ...LABELS.map((name): [string, string] => [name, 'export']),
  ['quiet', 'output'],
  ['null', 'json'],
];

/** Those of which only the first drives out the second. */
const ONE_WAY: [string, string][] = [
  // Another file than the one that was to grow.
  ['output', 'append'],
  ['context', 'before-context'],
  ['context', 'after-context'],
  // Without it the other is refused.
  ...FORMS.filter((name) => name !== 'count').map((name): [string, string] => [name, 'total']),
  ['append', 'keep-partial'],
];

/** The options that cannot be together with one, or make no sense beside it. */
export function opposedTo(name: string): string[] {
  return [
    ...OPPOSED.flatMap(([one, other]) => (one === name ? [other] : other === name ? [one] : [])),
    ...ONE_WAY.flatMap(([one, other]) => (one === name ? [other] : [])),
  ];
}
