import { KINDS } from '../contract/kinds.js';
import { LINE_KINDS, type NewKind, ROW_KINDS } from './new-forms.js';

/** What a template is filled with. */
export interface Filling {
  /** Takes the place of the word `template`. */
  name: string;
  kinds: readonly NewKind[];
  /** The path of the package; it takes the place of `../..`, which leads there from the template. */
  packagePath: string;
}

const BEGIN = /^\s*(?:\/\/|\/\*|#) kind: ([\w, ]+?)(?: \*\/)?$/;
const END = /^\s*(?:\/\/|\/\*|#) end(?: \*\/)?$/;

/**
 * Returns the text of a template for a plugin. A template is a whole plugin of every kind about lines, or about rows. Lines
 * between the comments
 * `kind: filter, transform` and `end` belong to these kinds alone.
 */
export function fillTemplate(template: string, { name, kinds, packagePath }: Filling): string {
  let listed = linesOf(template, kinds);
  for (const list of LISTS)
    for (const all of [LINE_KINDS, ROW_KINDS]) listed = listed.replaceAll(list(all), list(kinds));
  return listed.replaceAll('template', name).replaceAll('../..', packagePath);
}

/** The forms in which a template lists all kinds: in its manifest, and for the macro of the SDK for Rust. */
const LISTS: readonly ((kinds: readonly NewKind[]) => string)[] = [
  (kinds) => kinds.map((kind) => JSON.stringify(KINDS[kind].id)).join(', '),
  (kinds) => kinds.map((kind) => kind.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())).join(' + '),
];

/** Leaves out the lines of other kinds, with an empty line before them, and the comments that mark lines. */
function linesOf(template: string, kinds: readonly NewKind[]): string {
  const lines: string[] = [];
  let isWanted = true;
  for (const line of template.split('\n')) {
    const [, marked] = BEGIN.exec(line) ?? [];
    if (marked !== undefined) {
      isWanted = marked.split(', ').some((kind) => kinds.some((wanted) => wanted === kind));
      if (!isWanted && lines.at(-1) === '') lines.pop();
    } else if (END.test(line)) isWanted = true;
    else if (isWanted) lines.push(line);
  }
  return lines.join('\n');
}

/** The keys of a file of rules that belong to some kinds alone, and those of its tests. */
const RULES_KEYS: readonly (readonly [kinds: readonly NewKind[], key: string, inTests: string])[] = [
  [['filter', 'row_filter'], 'keep', 'kept'],
  [['transform'], 'replace', 'becomes'],
];

/** Does the same for a file of rules, in which no comment can mark a line. */
export function fillRules(template: string, filling: Filling): string {
  const rules = JSON.parse(fillTemplate(template, filling)) as { tests: Record<string, unknown>[] } & object;
  for (const [kinds, key, inTests] of RULES_KEYS) {
    if (kinds.some((kind) => filling.kinds.includes(kind))) continue;
    delete (rules as Record<string, unknown>)[key];
    for (const test of rules.tests) delete test[inTests];
  }
  return `${JSON.stringify(rules, undefined, 2)}\n`;
}
