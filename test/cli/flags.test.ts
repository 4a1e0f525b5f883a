import { describe, expect, it } from 'vitest';
import { load, readLoadRequest } from '../../src/cli/commands/load.js';
import { COMMON_FLAGS } from '../../src/cli/flags/common.js';
import { type Flag, setsTrue, setsValue } from '../../src/cli/flags/flag.js';
import { readFlags } from '../../src/cli/flags/flag-reader.js';
import { parseFlags } from '../../src/cli/flags/parse-flags.js';
import { RUN_FLAGS } from '../../src/cli/flags/run.js';
import { text } from '../../src/cli/flags/values.js';
import { longFlags, shortFlags } from '../../src/cli/help/describe-flags.js';
import { readRequest } from '../helpers/command-line.js';
import { thrown } from '../helpers/thrown.js';

interface Tried {
  count: boolean;
  invert: boolean;
  secret: boolean;
  output: string | undefined;
  color: string;
}

const TABLE: Flag<Tried>[] = [
  { name: 'count', short: 'c', group: 'output', help: 'Print a number', ...setsTrue('count') },
  { name: 'invert', short: 'v', group: 'lines', help: 'Keep the other lines', ...setsTrue('invert') },
  { name: 'output', short: 'o', value: 'FILE', group: 'output', help: 'Write here', ...setsValue('output', text) },
  {
    name: 'color',
    value: 'WHEN',
    choices: ['auto', 'never'],
    group: 'other',
    help: 'Paint',
    details: 'One paragraph.\n\nAnother one.',
    ...setsValue('color', text, 'auto'),
  },
  { name: 'secret', group: 'other', help: 'Test this', hidden: true, ...setsTrue('secret') },
];
const parse = (...args: string[]) =>
  parseFlags('try', TABLE, args).map((argument) => {
    if (argument.kind === 'operand') return argument.value;
    return argument.negated ? `no ${argument.name}` : [argument.name, argument.value];
  });

describe('parseFlags', () => {
  it('keeps the order of flags and operands', () => {
    expect(parse('a', '--count', 'b', '-v', '--output', 'c', 'd')).toEqual([
      'a',
      ['count', undefined],
      'b',
      ['invert', undefined],
      ['output', 'c'],
      'd',
    ]);
  });

  it('takes a value after =, after the letter, and as the next argument', () => {
    expect(parse('--output=x=y', '-oz', '-o', '-')).toEqual([
      ['output', 'x=y'],
      ['output', 'z'],
      ['output', '-'],
    ]);
  });

  it('takes the next argument as the value even if it looks like a flag', () => {
    expect(parse('-o', '--count')).toEqual([['output', '--count']]);
  });

  it('takes letters together, the last one with its value', () => {
    expect(parse('-cv', '-cvofile')).toEqual([
      ['count', undefined],
      ['invert', undefined],
      ['count', undefined],
      ['invert', undefined],
      ['output', 'file'],
    ]);
  });

  it('takes everything after -- as operands, and a lone - everywhere', () => {
    expect(parse('-', '--', '--count', '-v', '-')).toEqual(['-', '--count', '-v', '-']);
  });

  it('takes an empty value as a value', () => {
    expect(parse('--output=', '-o', '')).toEqual([
      ['output', ''],
      ['output', ''],
    ]);
  });

  it.each([
    [['--cuont'], 'try: there is no option --cuont', 'did you mean --count?'],
    [['--nonsense'], 'try: there is no option --nonsense', 'see: plughost try --help'],
    [['-x'], 'try: there is no option -x', 'see: plughost try --help'],
    [['-cx'], 'try: there is no option -x', 'see: plughost try --help'],
    [['--secert'], 'try: there is no option --secert', 'see: plughost try --help'],
    [['--no-cuont'], 'try: there is no option --no-cuont', 'did you mean --no-count?'],
    [['--no-no-count'], 'try: there is no option --no-no-count', 'did you mean --no-count?'],
    [['--no-output=x'], 'try: --no-output takes no value', 'see: plughost try --help'],
    [['--constructor'], 'try: there is no option --constructor', 'see: plughost try --help'],
    [['--__proto__=1'], 'try: there is no option --__proto__', 'see: plughost try --help'],
    [['--output'], 'try: --output needs a value: FILE', 'see: plughost try --help'],
    [['-o'], 'try: -o needs a value: FILE', 'see: plughost try --help'],
    [['--count=3'], 'try: --count takes no value', 'see: plughost try --help'],
    [['--color', 'red'], 'try: --color red: it is one of auto, never', undefined],
  ])('refuses %j and says what to do', (args, message, hint) => {
    expect(thrown(() => parse(...args))).toEqual({ code: 'ERR_USAGE', message, hint });
  });
});

describe('readFlags', () => {
  const read = (...args: string[]) => readFlags('try', TABLE, {} as Tried, parseFlags('try', TABLE, args), () => {});
  const initial = { count: false, invert: false, secret: false, output: undefined, color: 'auto' };

  it('starts with all flags negated', () => {
    expect(read()).toStrictEqual(initial);
  });

  it.each<[string[], Partial<Tried>]>([
    [['--count', '--no-count'], { count: false }],
    [['--no-count', '-c'], { count: true }],
    [['-o', 'x', '--no-output'], { output: undefined }],
    [['--no-output', '-o', 'x', '--output=y'], { output: 'y' }],
    [['--color', 'never', '--no-color'], { color: 'auto' }],
    [['--no-secret', '--secret'], { secret: true }],
  ])('lets the last of %j win', (args, wanted) => {
    expect(read(...args)).toStrictEqual({ ...initial, ...wanted });
  });
});

describe('help of flags', () => {
  it('has one line for each flag that is not hidden, by group', () => {
    expect(shortFlags(TABLE)).toBe(
      [
        'Which lines:',
        '  -v, --invert                Keep the other lines',
        '',
        'Output:',
        '  -c, --count                 Print a number',
        '  -o, --output FILE           Write here',
        '',
        'Other:',
        '      --color WHEN            Paint',
      ].join('\n'),
    );
  });

  it('has the paragraphs of each flag in the long form', () => {
    expect(longFlags(TABLE.slice(2))).toBe(
      [
        'Output:',
        '  -o, --output FILE',
        '          Write here.',
        '',
        'Other:',
        '      --color WHEN',
        '          Paint. One paragraph.',
        '',
        '          Another one.',
        '',
      ].join('\n'),
    );
  });

  it.each(RUN_FLAGS.map((flag) => [flag.name, flag] as const))('of --%s is one short imperative line', (_, flag) => {
    expect(flag.help).toMatch(/^(?=.{1,50}$)[A-Z][^.]*$/);
    expect(shortFlags([flag]).split('\n')).toHaveLength(flag.hidden ? 1 : 2);
    if (flag.details) expect(flag.details).toMatch(/^[^ ].*[.]$/s);
  });
});

describe('the table of host run', () => {
  it('has --no-NAME for each switch, save for those that it makes no sense for', () => {
    const switches = RUN_FLAGS.filter(({ value, negate }) => !value && !negate).map(({ name }) => name);
    expect(switches).toEqual(['any', 'all', 'no-config', 'help']);
  });

  it('names each flag once, and names only flags that there are', () => {
    const names = RUN_FLAGS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const letters = RUN_FLAGS.flatMap(({ short }) => short ?? []);
    expect(new Set(letters).size).toBe(letters.length);
    const named = RUN_FLAGS.flatMap(({ replaces = [], excludes = [], drops = [] }) => [
      ...replaces,
      ...excludes,
      ...drops,
    ]);
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has the flags of all commands', () => {
    expect(COMMON_FLAGS.filter((flag) => !RUN_FLAGS.includes(flag as never))).toEqual([]);
  });
});

describe('readRunRequest', () => {
  const refused = (...args: string[]) => thrown(() => readRequest(args)).message;

  it('reads standard input when no file is named', () => {
    expect(readRequest([])).toEqual({
      inputs: ['-'],
      files: new Map(),
      stages: [],
      exporter: undefined,
      plugins: [],
      folders: [],
      lock: undefined,
      allowWritable: false,
      allowHosts: [],
      trust: { lock: undefined, allowWritable: false, allowHosts: [] },
      output: undefined,
      append: false,
      keepPartial: false,
      count: false,
      total: false,
      listed: undefined,
      json: false,
      filenames: undefined,
      numbers: false,
      nul: false,
      stats: false,
      quiet: false,
      limit: undefined,
      unparsed: 'drop',
      groupMemory: undefined,
      emitState: false,
      columns: { numbers: false, names: false },
      context: undefined,
      before: undefined,
      after: undefined,
      print: { form: 'lines', names: false, numbers: false, nul: false, color: false, before: 0, after: 0 },
      crlf: false,
      longLines: 'fail',
      timeout: undefined,
      isolate: false,
      sandbox: false,
      isolatesOne: false,
      hasProgram: false,
      isolation: { sandbox: false },
      workers: undefined,
      maxLine: undefined,
      blockSize: undefined,
      shape: 'auto',
      progress: 'auto',
      color: 'auto',
      verbose: false,
    });
  });

  it.each<[string[], number, number]>([
    [['-C', '1'], 1, 1],
    [['-A', '2', '-C', '1'], 1, 2],
    [['-C', '1', '-A', '2'], 1, 2],
    [['-B', '0', '-C', '1'], 0, 1],
    [['-C', '1', '-B', '0', '-A', '3', '-C', '5', '-A', '4'], 0, 4],
  ])('takes -A and -B before -C, in whatever order: %j', (args, before, after) => {
    expect(readRequest(args).print).toMatchObject({ before, after });
  });

  it('takes the last of -H and -I, and of -l and -L', () => {
    expect(readRequest(['-H', '-I'])).toMatchObject({ filenames: 'never', print: { names: false } });
    expect(readRequest(['-I', '-H'])).toMatchObject({ filenames: 'always', print: { names: true } });
    expect(readRequest(['-l', '-L'])).toMatchObject({ listed: 'without', print: { form: 'lines' } });
    expect(readRequest(['-L', '-l'])).toMatchObject({ listed: 'with', print: { form: 'names' } });
  });

  it('gives options to the plugin named before them, and -v to the filter that follows', () => {
    const { inputs, stages, exporter } = readRequest(
      ['a.log', '--filter', 'one', '-p', 'x=1', '--transform', 'three', '-p', 'z=2'].concat(
        ['-v', '--filter', './two.so', '-p', 'y=a=b'],
        ['--params-file', 'two.json', '--export', 'csv', '-p', 'header=true', 'b.log'], //
      ),
    );
    expect(inputs).toEqual(['a.log', 'b.log']);
    expect(stages).toEqual([
      { kind: 'filter', name: 'one', parameters: [{ key: 'x', text: '1' }], invert: false },
      { kind: 'transform', name: 'three', parameters: [{ key: 'z', text: '2' }] },
      { kind: 'filter', name: './two.so', parameters: [{ key: 'y', text: 'a=b' }, { file: 'two.json' }], invert: true },
    ]);
    expect(exporter).toEqual({ name: 'csv', parameters: [{ key: 'header', text: 'true' }] });
  });

  it('collects the filters after --any, up to a transform or --all', () => {
    const filter = (name: string, invert = false) => ({ kind: 'filter', name, parameters: [], invert });
    const { stages } = readRequest(
      '--filter a --any --filter b -v --filter c --all --filter d --any --filter e --transform f --filter g'.split(' '),
    );
    expect(stages).toEqual([
      filter('a'),
      { kind: 'any', filters: [filter('b'), filter('c', true)] },
      filter('d'),
      { kind: 'any', filters: [filter('e')] },
      { kind: 'transform', name: 'f', parameters: [] },
      filter('g'),
    ]);
  });

  it('lets the last flag win where there can be one', () => {
    const { workers, output, color } = readRequest('-j 1 -j2 -o a -o b --color always --color never'.split(' '));
    expect({ workers, output, color }).toEqual({ workers: 2, output: 'b', color: 'never' });
  });

  it('reads sizes with and without a unit', () => {
    const sizes = ['1', '512', '64K', '16m', '1G'].map((text) => readRequest(['--max-line', text]).maxLine);
    expect(sizes).toEqual([1, 512, 65_536, 16_777_216, 1_073_741_824]);
  });

  it.each(['0', '-1', '1.5', '64KB', 'K', '', '2G', '1e3', '0x10'])('refuses the size %j', (text) => {
    expect(refused(`--max-line=${text}`)).toBe(`run: --max-line ${text}: a size from 1 to 1G is needed, such as 64K`);
  });

  it.each(['0', '-2', '2.0', 'all', '', '1025'])('refuses the number of workers %j', (text) => {
    expect(refused(`--workers=${text}`)).toBe(`run: -j ${text}: a whole number from 1 to 1024 is needed`);
  });

  it.each([
    [['--filter', ''], 'run: --filter : the name of a plugin is needed, or its path'],
    [['--parse='], 'run: --parse : the name of a plugin is needed, or its path'],
    [['-p', 'x=1'], 'run: -p x=1: no plugin is named before it'],
    [['--params-file', 'f'], 'run: --params-file f: no plugin is named before it'],
    [['--filter', 'a', '-p', 'x'], 'run: -p x: KEY=VALUE is needed'],
    [['--filter', 'a', '-p', '=x'], 'run: -p =x: KEY=VALUE is needed'],
    [['--filter', 'a', '-v'], 'run: -v stands before the filter that it inverts'],
    [['-v', '--transform', 'a'], 'run: -v stands before the filter that it inverts'],
    [['-v', '--any', '--filter', 'a', '--filter', 'b'], 'run: -v stands before the filter that it inverts'],
    [['-c', '--export', 'csv'], 'run: --count and --export exclude each other'],
    [['--any'], 'run: no filter follows --any'],
    [['--any', '--transform', 'x', '--filter', 'a'], 'run: no filter follows --any'],
    [['-l', '-c'], 'run: --count and --files-with-matches exclude each other'],
    [['-L', '--export', 'csv'], 'run: --files-without-match and --export exclude each other'],
    [['--json', '-l'], 'run: --files-with-matches and --json exclude each other'],
    [['--json', '-L'], 'run: --files-without-match and --json exclude each other'],
    [['--json', '--export', 'csv'], 'run: --json and --export exclude each other'],
    [['--json', '-0'], 'run: --null says nothing with --json'],
    [['--total'], 'run: --total says nothing without --count'],
    [['-C', '2', '--export', 'csv'], 'run: --context says nothing with --export'],
    [['--json', '-c'], 'run: --count and --json exclude each other'],
    [['-A', '-1'], 'run: -A -1: a whole number from 0 to 100000 is needed'],
    [['--long-lines', 'wrap'], 'run: --long-lines wrap: it is one of fail, skip, split'],
    [['--append'], 'run: --append says nothing without an output file'],
    [['--keep-partial'], 'run: --keep-partial says nothing without an output file'],
    [
      ['-o', 'x', '--append', '--keep-partial'],
      'run: --keep-partial says nothing with --append, which adds what there is',
    ],
    [['--shape', 'wide'], 'run: --shape wide: it is one of auto, scan, batch, line'],
  ])('refuses %j', (args, message) => {
    expect(refused(...args)).toBe(message);
  });
});

describe('readLoadRequest', () => {
  const read = (...args: string[]) => readLoadRequest(parseFlags('load', [...load.flags, ...COMMON_FLAGS], args));

  it('gives options to the path before them', () => {
    expect(read('a.so', '-p', 'x=1', 'b', '--verbose')).toEqual({
      folders: [],
      lock: undefined,
      allowWritable: false,
      allowHosts: [],
      isolate: false,
      sandbox: false,
      isolatesOne: false,
      hasProgram: false,
      plugins: [
        { name: 'a.so', parameters: [{ key: 'x', text: '1' }] },
        { name: 'b', parameters: [] },
      ],
    });
  });

  it('needs a plugin', () => {
    expect(thrown(() => read('--verbose')).message).toBe('load: no PLUGIN is given');
  });

  it('refuses what says nothing', () => {
    expect(thrown(() => read('a.so', '--memory', '1G')).message).toBe('load: --memory says nothing without --isolate');
    expect(read('a.so', '--memory', '1G', '--no-memory').memory).toBe(undefined);
    expect(thrown(() => read('a.so', '--env', 'A')).message).toBe('load: --env says nothing without a program (grpc:)');
    expect(read('grpc:./a', '--env', 'A', '--env', 'B').env).toEqual(['A', 'B']);
    expect(thrown(() => read('grpc:./a', '--env', 'A=1')).message).toBe(
      'load: --env A=1: the name of a variable is needed',
    );
  });
});
