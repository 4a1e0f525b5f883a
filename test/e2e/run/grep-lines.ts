import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns a generator of numbers in [0, 1), the same ones for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A command line that `host run`, GNU grep and ripgrep understand in the same way. */
export interface GrepLine {
  pattern: { text: string; fixed: boolean; ignoreCase: boolean; invert: boolean };
  print: 'lines' | 'count' | 'with' | 'without' | 'nothing';
  /** -H or -I. */
  names: boolean | undefined;
  numbers: boolean;
  nul: boolean;
  limit: number | undefined;
  around: { both: number | undefined; before: number | undefined; after: number | undefined };
  /** Whether -C comes before -A and -B. */
  bothFirst: boolean;
  files: string[];
  input: Buffer;
  /** Flags of host that do not change the output. */
  way: string[];
}

const FIXED = ['a', 'error', 'ab', 'warn ', '', '\r', 'no such text', '-e', '.'];
const EXPRESSIONS = ['^a', 'b$', '^$', 'er+or', 'a|b', '[0-9]+', '(ab)+', '[a-c][0-9]{2,3}', '^warn|error$', 'zz*'];
const PIECES = [
  'a',
  'b',
  'ab',
  'abab',
  'error',
  'ERROR',
  'Warn ',
  'warn 12',
  ' ',
  '\r',
  '\0',
  '\xff',
  '\xc3\xa4',
  'z',
  'c123',
];

export class GrepLines {
  readonly #random: () => number;
  readonly #folder: string;
  #files = 0;

  constructor(folder: string, seed: number) {
    this.#folder = folder;
    this.#random = randomOf(seed);
  }

  next(): GrepLine {
    const fixed = this.#chance(0.5);
    const print = this.#of(['lines', 'lines', 'lines', 'count', 'count', 'with', 'without', 'nothing'] as const);
    const few = () => (this.#chance(0.3) ? this.#below(4) : undefined);
    const files = Array.from({ length: 1 + this.#below(4) }, () =>
      this.#chance(0.05) ? this.#missing() : this.#file(),
    );
    if (this.#chance(0.2)) files[this.#below(files.length)] = '-';
    return {
      pattern: {
        text: this.#of(fixed ? FIXED : EXPRESSIONS),
        fixed,
        ignoreCase: this.#chance(0.2),
        invert: this.#chance(0.2),
      },
      print,
      names: this.#of([true, undefined, false]),
      numbers: this.#chance(0.5),
      nul: this.#chance(0.1),
      limit: this.#chance(0.4) ? this.#of([0, 1, 1, 2, 3, 10]) : undefined,
      around: { both: few(), before: few(), after: few() },
      bothFirst: this.#chance(0.5),
      files,
      input: this.#bytes(),
      way: this.#of([
        [],
        ['-j', '1'],
        ['-j', '2', '--block-size', '4096'],
        ['-j', '7', '--block-size', '4096'],
        ['--isolate'],
      ]),
    };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
  #chance(share: number): boolean {
    return this.#random() < share;
  }
  #of<T>(things: readonly T[]): T {
    return things[this.#below(things.length)] as T;
  }

  #file(): string {
    const path = join(this.#folder, `f${this.#files++}`);
    writeFileSync(path, this.#bytes());
    return path;
  }
  #missing(): string {
    return join(this.#folder, `missing${this.#files++}`);
  }

  /** Lines of all kinds, mostly few. */
  #bytes(): Buffer {
    const lines = this.#of([0, 1, 2, 5, 5, 20, 20, 300, 3000]);
    let text = '';
    for (let i = 0; i < lines; i++) {
      text += this.#chance(0.005) ? 'x'.repeat(20_000) : '';
      for (let pieces = this.#below(4); pieces > 0; pieces--) text += this.#of(PIECES);
      text += '\n';
    }
    if (this.#chance(0.3)) text = text.slice(0, -1);
    const bytes = Buffer.from(text, 'latin1');
    // ripgrep would take a byte order mark for another encoding.
    if (bytes[0] === 0xff) bytes[0] = 0x2e;
    return bytes;
  }
}

type Peer = 'grep' | 'ripgrep';

/** Differences by choice: the name in docs/grep.md, and the command lines for which a peer is not compared. */
export const DIFFERENCES: { called: string; without?: Peer; at?: (line: GrepLine) => boolean }[] = [
  { called: 'names before lines of several files' },
  { called: '`-c` of a file without a kept line' },
  { called: '`-A` and `-B` beside `-C`' },
  { called: 'standard input is called' },
  { called: 'no file name' },
  { called: 'a NUL after names' },
  { called: 'status of `-L`' },
  {
    called: '`-A 0`, `-B 0`, `-C 0`',
    without: 'grep',
    at: ({ print, around: { both, before, after } }) =>
      print === 'lines' && (before ?? both) === 0 && (after ?? both ?? 0) === 0,
  },
  {
    called: '`-A 0`, `-B 0`, `-C 0`',
    without: 'grep',
    at: ({ print, around: { both, before, after } }) =>
      print === 'lines' && (after ?? both) === 0 && (before ?? both ?? 0) === 0,
  },
  {
    called: '`-m N` with `-A`',
    without: 'ripgrep',
    at: (line) => line.print === 'lines' && line.limit !== undefined && around(line).after > 0,
  },
  {
    called: 'all but lines with an empty text',
    without: 'grep',
    at: ({ pattern: { text, invert } }) => text === '' && invert,
  },
  { called: '`-m 0`', without: 'grep', at: ({ print, limit }) => print === 'without' && limit === 0 },
];

/** Returns whether a peer must print the same bytes. */
export const isComparable = (line: GrepLine, peer: Peer): boolean =>
  !DIFFERENCES.some(({ without, at }) => without === peer && at?.(line));

/** Returns how many lines are shown around a kept one. */
const around = ({ around: { both = 0, before = both, after = both } }: GrepLine) => ({ before, after });

const option = (name: string, value: number | undefined): string[] =>
  value === undefined ? [] : [name, String(value)];

/** Returns the arguments that `host run` and grep share. */
function common({ numbers, limit, around: { both, before, after }, bothFirst }: GrepLine): string[] {
  const sides = [...option('-B', before), ...option('-A', after)];
  const given = bothFirst ? [...option('-C', both), ...sides] : [...sides, ...option('-C', both)];
  return [...(numbers ? ['-n'] : []), ...option('-m', limit), ...given];
}

const SHOWN = { lines: [], count: ['-c'], with: ['-l'], without: ['-L'], nothing: ['-q'] };

export function hostArguments(line: GrepLine): string[] {
  const { text, fixed, ignoreCase, invert } = line.pattern;
  return [
    ...['run', ...line.way, ...common(line), ...SHOWN[line.print], ...(line.nul ? ['-0'] : [])],
    ...(line.names === undefined ? [] : [line.names ? '-H' : '-I']),
    ...(invert ? ['-v'] : []),
    ...(fixed ? ['--filter', 'contains', '-p', `text=${text}`] : ['--filter', 'regex', '-p', `pattern=${text}`]),
    ...(ignoreCase ? ['-p', 'ignoreCase=true'] : []),
    ...line.files,
  ];
}

/** Returns the flags for names before lines. host prints them only with -H. */
const names = ({ names, print }: GrepLine, never: string): string[] =>
  names ? ['-H'] : names === false || print === 'lines' ? [never] : [];

export function grepArguments(line: GrepLine): string[] {
  const { text, fixed, ignoreCase, invert } = line.pattern;
  return [
    ...['-a', fixed ? '-F' : '-E', ...common(line), ...SHOWN[line.print], ...(line.nul ? ['-Z'] : [])],
    ...names(line, '-h'),
    ...(invert ? ['-v'] : []),
    ...(ignoreCase ? ['-i'] : []),
    ...['-e', text, '--', ...line.files],
  ];
}

export function ripgrepArguments(line: GrepLine): string[] {
  const { text, fixed, ignoreCase, invert } = line.pattern;
  const { before, after } = around(line);
  const shown = { ...SHOWN, count: ['-c', '--include-zero'], without: ['--files-without-match'] };
  return [
    ...['--no-config', '--sort', 'path', '--no-heading', '-a', ...shown[line.print], ...(line.nul ? ['-0'] : [])],
    ...[line.numbers ? '-n' : '-N', ...option('-m', line.limit), '-B', `${before}`, '-A', `${after}`],
    ...names(line, '-I'),
    ...(fixed ? ['-F'] : []),
    ...(invert ? ['-v'] : []),
    ...(ignoreCase ? ['-i'] : []),
    ...['-e', text, '--', ...line.files],
  ];
}
