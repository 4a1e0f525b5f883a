import { join } from 'node:path';
import { UsageError } from '../../errors/index.js';
import { LINE_KINDS, NEW_FORMS, type NewFormName, type NewKind, quoted, ROW_KINDS } from '../../scaffold/new-forms.js';
import { type Made, newPlugin, wordOf } from '../../scaffold/new-plugin.js';
import { nearest } from '../../text/nearest.js';
import { printable } from '../../text/printable.js';
import type { Command } from '../command.js';
import { type Flag, setsValue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { text } from '../flags/values.js';
import { print } from '../terminal/terminal.js';

interface NewRequest {
  kinds: Set<NewKind>;
  directory: string;
}

const FORMS = Object.keys(NEW_FORMS);
const KINDS: readonly NewKind[] = [...LINE_KINDS, ...ROW_KINDS];

const FLAGS: readonly Flag<NewRequest>[] = [
  {
    name: 'kind',
    value: 'KIND',
    choices: KINDS.map(wordOf),
    group: 'plugins',
    help: 'Make a plugin of this kind (default: filter)',
    details:
      'Give it again for a plugin of several kinds. Rules are filters, transforms and row filters. Parsers are written in C or Rust, row filters and aggregators in these or as a script.',
    apply({ kinds }, value) {
      for (const kind of KINDS) if (wordOf(kind) === value) kinds.add(kind);
    },
  },
  {
    name: 'directory',
    short: 'C',
    value: 'DIR',
    group: 'output',
    help: 'Make it in DIR, not in the current folder',
    ...setsValue('directory', text, '.'),
  },
];

/** `new` is a word of the language. */
export const newCommand: Command = {
  usage: 'plughost new FORM NAME [FLAG...]',
  about: 'Makes a plugin that works, for you to change, and prints the commands that build it and try it.',
  details: `FORM is one of ${FORMS.join(', ')}. c, wasm, rust, go and python get a folder with the name of the plugin, the others are one file. wasm is C, compiled for WebAssembly; http is a web server for Node.

NAME begins with a letter from a to z, and has these letters, digits, - and _.

The plugin looks for a text: a filter keeps its lines, a transform puts the text into brackets, an exporter writes a list. Of those about rows, the parser reads a path and a size, the row filter looks for the text in paths, and the aggregator says which size is the largest. One plugin can have several kinds of lines or several of rows, but not both. Nothing is overwritten. The files refer to this plughost by a relative path if it is in node_modules there or above, and otherwise by its absolute path.`,
  flags: FLAGS,
  examples: ['plughost new rules slow', 'plughost new c slow --kind transform', 'plughost new python slow -C plugins'],
  status: '0 made; 2 not, and then nothing is left.',
  operands: FORMS,
  run(given) {
    const operands: string[] = [];
    const request = readFlags('new', FLAGS, { kinds: new Set() } as NewRequest, given, (word) => operands.push(word));
    const [form, name, extra] = operands;
    if (form === undefined) throw new UsageError('new: no FORM is given', { hint: `it is one of ${FORMS.join(', ')}` });
    if (!isForm(form)) {
      const [near] = nearest(form, FORMS);
      throw new UsageError(`new: there is no form ${form}`, {
        hint: near ? `did you mean ${near}?` : `there are ${FORMS.join(', ')}`,
      });
    }
    if (name === undefined) throw new UsageError('new: no NAME is given', { hint: `write: plughost new ${form} NAME` });
    if (extra !== undefined) throw new UsageError(`new: ${extra}: one plugin at a time`);
    const { directory } = request;
    const kinds = KINDS.filter((kind) => request.kinds.has(kind));
    print(report(newPlugin({ form, name, kinds: kinds.length > 0 ? kinds : ['filter'], directory }), directory));
    return 0;
  },
};

const isForm = (word: string): word is NewFormName => Object.hasOwn(NEW_FORMS, word);

function report({ files, folder, commands, guide }: Made, directory: string): string {
  const place = join(directory, folder);
  const steps = place === '.' ? commands : [`cd ${quoted(place)}`, ...commands];
  const lines = [
    ...files.map((file) => join(directory, file)),
    '',
    'Next:',
    ...steps.map((step) => `  ${step}`),
    '',
    `How to go on: ${guide}`,
  ];
  return `${lines.map(printable).join('\n')}\n`;
}
