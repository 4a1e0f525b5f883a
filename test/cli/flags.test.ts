import { describe, expect, it } from 'vitest';
import { readLoadRequest } from '../../src/cli/commands/load.js';
import { describeFlags, type Flag, parseFlags } from '../../src/cli/flags/flags.js';
import { readRunRequest } from '../../src/cli/run/run-request.js';
import { thrown } from '../helpers/thrown.js';

const TABLE: Flag[] = [
  { name: 'count', short: 'c', help: 'print a number' },
  { name: 'invert', short: 'v', help: 'the other lines' },
  { name: 'output', short: 'o', value: 'FILE', help: 'write here' },
  { name: 'color', value: 'WHEN', choices: ['auto', 'never'], help: 'paint' },
  { name: 'secret', help: 'for tests', hidden: true },
];
const parse = (...args: string[]) =>
  parseFlags('try', TABLE, args).map((argument) =>
    argument.kind === 'operand' ? argument.value : [argument.name, argument.value],
  );

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

  it('takes a value behind =, behind the letter, and as the next argument', () => {
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

  it('takes everything behind -- as operands, and a lone - everywhere', () => {
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
    [['--nonsense'], 'try: there is no option --nonsense', 'see: host try --help'],
    [['-x'], 'try: there is no option -x', 'see: host try --help'],
    [['-cx'], 'try: there is no option -x', 'see: host try --help'],
    [['--secert'], 'try: there is no option --secert', 'see: host try --help'],
    [['--no-count'], 'try: there is no option --no-count', 'see: host try --help'],
    [['--constructor'], 'try: there is no option --constructor', 'see: host try --help'],
    [['--__proto__=1'], 'try: there is no option --__proto__', 'see: host try --help'],
    [['--output'], 'try: --output needs a value: FILE', 'see: host try --help'],
    [['-o'], 'try: -o needs a value: FILE', 'see: host try --help'],
    [['--count=3'], 'try: --count takes no value', 'see: host try --help'],
    [['--color', 'red'], 'try: --color red: it is one of auto, never', undefined],
  ])('refuses %j and says what to do', (args, message, hint) => {
    expect(thrown(() => parse(...args))).toEqual({ code: 'ERR_USAGE', message, hint });
  });
});

describe('describeFlags', () => {
  it('gives each flag that is not hidden, wrapped beside its name', () => {
    const table = [...TABLE, { name: 'a-name-that-is-long-indeed', value: 'VALUE', help: 'word '.repeat(20).trim() }];
    expect(describeFlags(table)).toBe(
      [
        '  -c, --count             print a number',
        '  -v, --invert            the other lines',
        '  -o, --output FILE       write here',
        '      --color WHEN        paint',
        '      --a-name-that-is-long-indeed VALUE',
        '                          word word word word word word word word word word word',
        '                          word word word word word word word word word',
      ].join('\n'),
    );
  });
});

describe('readRunRequest', () => {
  const refused = (...args: string[]) => thrown(() => readRunRequest(args)).message;

  it('reads standard input when no file is named', () => {
    expect(readRunRequest([])).toEqual({
      inputs: ['-'],
      files: new Map(),
      stages: [],
      exporter: undefined,
      folders: [],
      output: undefined,
      append: false,
      keepPartial: false,
      count: false,
      total: false,
      listed: undefined,
      json: false,
      filenames: undefined,
      stats: false,
      quiet: false,
      limit: undefined,
      columns: { numbers: false, names: false },
      around: { both: undefined, before: undefined, after: undefined },
      print: { form: 'lines', names: false, numbers: false, nul: false, color: false, before: 0, after: 0 },
      crlf: false,
      longLines: 'fail',
      timeout: undefined,
      trust: {},
      isolation: { isolate: false, options: {}, needless: undefined },
      help: false,
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
    expect(readRunRequest(args).print).toMatchObject({ before, after });
  });

  it('takes the last of -H and -I, and of -l and -L', () => {
    expect(readRunRequest(['-H', '-I'])).toMatchObject({ filenames: 'never', print: { names: false } });
    expect(readRunRequest(['-I', '-H'])).toMatchObject({ filenames: 'always', print: { names: true } });
    expect(readRunRequest(['-l', '-L'])).toMatchObject({ listed: 'without', print: { form: 'lines' } });
    expect(readRunRequest(['-L', '-l'])).toMatchObject({ listed: 'with', print: { form: 'names' } });
  });

  it('gives options to the plugin named before them, and -v to the filter that follows', () => {
    const { inputs, stages, exporter } = readRunRequest(
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

  it('gathers the filters behind --any, up to a transform or --all', () => {
    const filter = (name: string, invert = false) => ({ kind: 'filter', name, parameters: [], invert });
    const { stages } = readRunRequest(
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
    const { workers, output, color } = readRunRequest('-j 1 -j2 -o a -o b --color always --color never'.split(' '));
    expect({ workers, output, color }).toEqual({ workers: 2, output: 'b', color: 'never' });
  });

  it('reads sizes with and without a unit', () => {
    const sizes = ['1', '512', '64K', '16m', '1G'].map((text) => readRunRequest(['--max-line', text]).maxLine);
    expect(sizes).toEqual([1, 512, 65_536, 16_777_216, 1_073_741_824]);
  });

  it.each(['0', '-1', '1.5', '64KB', 'K', '', '2G', '1e3', '0x10'])('refuses the size %j', (text) => {
    expect(refused(`--max-line=${text}`)).toBe(`run: --max-line ${text}: a size from 1 to 1G is needed, such as 64K`);
  });

  it.each(['0', '-2', '2.0', 'all', '', '1025'])('refuses the number of workers %j', (text) => {
    expect(refused(`--workers=${text}`)).toBe(`run: -j ${text}: a whole number from 1 to 1024 is needed`);
  });

  it.each([
    [['-p', 'x=1'], 'run: --param x=1: no plugin is named before it'],
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
  it('gives options to the path before them', () => {
    expect(readLoadRequest(['a.so', '-p', 'x=1', 'b', '--verbose'])).toEqual({
      trust: {},
      isolation: { isolate: false, options: {}, needless: undefined },
      plugins: [
        { name: 'a.so', parameters: [{ key: 'x', text: '1' }] },
        { name: 'b', parameters: [] },
      ],
      help: false,
      color: 'auto',
      verbose: true,
    });
  });

  it('needs a path, save for help', () => {
    expect(thrown(() => readLoadRequest(['--verbose'])).message).toBe('load: no PATH is given');
    expect(readLoadRequest(['-h']).help).toBe(true);
  });
});
