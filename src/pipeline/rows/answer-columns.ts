import { UsageError } from '../../errors/index.js';
import type { Caller } from '../caller.js';
import type { Column } from './column-type.js';

/** A key of answers: `text` is as it was given, with its step. */
interface Key extends Column {
  text: string;
}

/** An aggregator of answers, with its options. */
interface Answering {
  label: string;
  config: unknown;
  outputs: readonly Column[];
}

/**
 * Returns the columns of answers: the keys, then what each aggregator gives. Columns of one name get longer ones:
 * `time:1h` and `time:1d`, `count.count` and `stats.count`, and `stats.bytes.sum` and `stats.ms.sum` of two `stats` whose
 * option `of` differs.
 * @throws UsageError when two columns have one name all the same
 */
export function answerColumns(caller: Caller, keys: readonly Key[], aggregators: readonly Answering[]): Column[] {
  const labels = labelsOf(aggregators);
  const columns = [
    ...keys.map(({ name, type, text }) => ({ name, type, long: text })),
    ...aggregators.flatMap(({ outputs }, i) =>
      outputs.map(({ name, type }) => ({ name, type, long: `${labels[i]}.${name}` })),
    ),
  ];
  const isShared = repeated(columns.map(({ name }) => name));
  const named = columns.map(({ name, type, long }) => ({ name: isShared(name) ? long : name, type }));
  const isTwice = repeated(named.map(({ name }) => name));
  const twice = named.find(({ name }) => isTwice(name));
  if (!twice) return named;
  throw new UsageError(caller.message('by', `two columns of the answer are called ${twice.name}`), {
    hint: 'leave out a key that is there twice',
  });
}

/** Returns a name for each aggregator that no other one has, as far as that is possible. */
function labelsOf(aggregators: readonly Answering[]): string[] {
  return aggregators.map(({ label, config }, i) => {
    const same = aggregators.filter((other) => other.label === label);
    if (same.length === 1) return label;
    const differing = Object.keys(config ?? {}).find((option) => tells(same, option));
    if (differing !== undefined) return `${label}.${optionOf({ config }, differing)}`;
    const before = aggregators.slice(0, i).filter((other) => other.label === label).length;
    return before === 0 ? label : `${label}_${before + 1}`;
  });
}

/** Returns whether an option is a short word or a number of its own for each of several aggregators. */
function tells(aggregators: readonly Answering[], option: string): boolean {
  const values = aggregators.map((aggregator) => optionOf(aggregator, option));
  return values.every((value) => /^[\w.@$-]{1,64}$/.test(value)) && new Set(values).size === values.length;
}

const optionOf = ({ config }: Pick<Answering, 'config'>, option: string): string =>
  String((config as Record<string, unknown> | null)?.[option] ?? '');

/** Returns a test whether a name is there more than once. */
export function repeated(names: readonly string[]): (name: string) => boolean {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return (name) => (counts.get(name) ?? 0) > 1;
}
