import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { OutputError, reasonOf, UsageError } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';
import { readTextFile } from '../files/text-file.js';
import { packageFolder } from '../package-folder.js';
import { checkName } from './check-name.js';
import { fillRules, fillTemplate } from './fill-template.js';
import { goModule } from './go-module.js';
import { NEW_FORMS, type NewForm, type NewFormName, type NewKind, ROW_KINDS, type RowKind } from './new-forms.js';
import { packagePathFrom } from './package-path.js';
import { type Files, writeNewFile, writeNewFolder } from './write-files.js';

/** Which plugin to make. */
export interface Wanted {
  form: NewFormName;
  name: string;
  kinds: readonly NewKind[];
  /** The folder to make it in, which exists. */
  directory: string;
}

/** What was made, and what its author does next. */
export interface Made {
  /** The paths of the files, relative to the directory. */
  files: readonly string[];
  /** The folder, relative to the directory, in which the commands are given. */
  folder: string;
  commands: readonly string[];
  /** The path of the page about this form. */
  guide: string;
}

/** The flag of `plughost run` for each kind. */
const FLAG_OF: Readonly<Record<NewKind, string>> = {
  filter: 'filter',
  transform: 'transform',
  exporter: 'export',
  parser: 'parse',
  row_filter: 'filter',
  aggregator: 'aggregate',
};

const isAboutRows = (kind: NewKind): kind is RowKind => (ROW_KINDS as readonly NewKind[]).includes(kind);

/** Returns the kind as it is written. */
export const wordOf = (kind: NewKind): string => kind.replace('_', '-');

/** A line for a new plugin about rows: one that its own parser reads, or that the parser access does. */
const OWN_LINE = '/an/ERROR 17';
const ACCESS_LINE = '::1 - - [31/Jan/2026:09:30:00 +0000] "GET /an/ERROR HTTP/1.1" 200 17';

/**
 * Makes a plugin that works, for its author to change. Overwrites nothing, and leaves nothing behind when it fails.
 * @throws UsageError, OutputError, InputError when the package is not complete
 */
export function newPlugin({ form, name, kinds, directory }: Wanted): Made {
  const { inFolder, program, guide, prepare, source, ...row }: NewForm = NEW_FORMS[form];
  checkName(form, name);
  const aboutRows = kinds.filter(isAboutRows);
  const rowKinds = row.rows ? (row.rowKinds ?? ROW_KINDS) : [];
  const unfit = kinds.find((kind) =>
    isAboutRows(kind) ? !rowKinds.includes(kind) : row.kinds?.includes(kind) === false,
  );
  if (unfit) {
    const word = wordOf(unfit);
    const other = unfit === 'parser' ? 'c' : 'script';
    throw new UsageError(`new: ${form} cannot be of the kind ${word}`, {
      hint: `${other === 'c' ? 'a library' : 'a script'} can: plughost new ${other} ${name} --kind ${word}`,
    });
  }
  if (aboutRows.length > 0 && aboutRows.length < kinds.length) {
    throw new UsageError(`new: ${kinds.map(wordOf).join(' and ')}: one is about lines, and one about rows`, {
      hint: 'make a plugin for each of the two',
    });
  }
  const real = realFolder(directory);
  const folder = inFolder ? join(real, name) : real;
  const { path: packagePath, isInstalled } = packagePathFrom(folder);
  const uses = kinds.map((kind) => `--${FLAG_OF[kind]} ${source(name)}`);
  if (aboutRows.length > 0 && !kinds.includes('parser')) uses.unshift('--parse access');
  if (aboutRows.every((kind) => kind === 'parser') && aboutRows.length > 0) uses.push('--columns path,bytes');
  const line = aboutRows.length === 0 ? 'an ERROR' : kinds.includes('parser') ? OWN_LINE : ACCESS_LINE;
  const commands = [
    ...prepare({ name, packagePath }),
    `echo '${line}' | ${isInstalled ? 'npx plughost' : 'plughost'} run ${uses.join(' ')}`,
  ];
  const page = `${packagePath}/docs/${guide}`;

  const fill = form === 'rules' ? fillRules : fillTemplate;
  const texts: Record<string, string> = {};
  for (const [i, file] of row.files.entries()) {
    const source = i === 0 && aboutRows.length > 0 ? (row.rows ?? file) : file;
    const template = readTextFile(join(packageFolder, 'templates', row.templatesOf ?? form, source), 'read').text;
    texts[file.replace('template', name)] = fill(template, { name, kinds, packagePath });
  }
  if (!inFolder) {
    for (const [file, text] of Object.entries(texts)) writeNewFile(join(directory, file), text);
    return { files: Object.keys(texts), folder: '.', commands, guide: page };
  }
  const files: Files = {
    ...texts,
    ...(form === 'go' && goModule(name, packagePath)),
    'README.md': readme(name, commands, page),
    '.gitignore': `${row.ignored?.(name)}\n`,
  };
  writeNewFolder(join(directory, name), files, program);
  return { files: Object.keys(files).map((file) => `${name}/${file}`), folder: name, commands, guide: page };
}

/** Returns the real path of a folder. @throws OutputError */
function realFolder(path: string): string {
  try {
    return realpathSync(systemPath(path)).toString();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new OutputError(path, code, reasonOf(cause), { cause, hint: 'make the folder first' });
  }
}

function readme(name: string, commands: readonly string[], guide: string): string {
  const block = commands.map((command) => `    ${command}\n`).join('');
  return `# ${name}\n\nA plugin of plughost. These commands build it and try it:\n\n${block}\nHow to go on: ${guide}\n`;
}
