import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { OutputError, reasonOf, UsageError } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';
import { readTextFile } from '../files/text-file.js';
import { packageFolder } from '../package-folder.js';
import { checkName } from './check-name.js';
import { fillRules, fillTemplate } from './fill-template.js';
import { goModule } from './go-module.js';
import { NEW_FORMS, type NewForm, type NewFormName, type NewKind } from './new-forms.js';
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
};

/**
 * Makes a plugin that works, for its author to change. Overwrites nothing, and leaves nothing behind when it fails.
 * @throws UsageError, OutputError, InputError when the package is not complete
 */
export function newPlugin({ form, name, kinds, directory }: Wanted): Made {
  const { inFolder, program, guide, prepare, source, ...row }: NewForm = NEW_FORMS[form];
  checkName(form, name);
  const unfit = kinds.find((kind) => row.kinds?.includes(kind) === false);
  if (unfit) {
    throw new UsageError(`new: ${form} cannot be of the kind ${unfit}`, {
      hint: `a script can: plughost new script ${name} --kind ${unfit}`,
    });
  }
  const real = realFolder(directory);
  const folder = inFolder ? join(real, name) : real;
  const { path: packagePath, isInstalled } = packagePathFrom(folder);
  const uses = kinds.map((kind) => `--${FLAG_OF[kind]} ${source(name)}`).join(' ');
  const commands = [
    ...prepare({ name, packagePath }),
    `echo 'an ERROR' | ${isInstalled ? 'npx plughost' : 'plughost'} run ${uses}`,
  ];
  const page = `${packagePath}/docs/${guide}`;

  const fill = form === 'rules' ? fillRules : fillTemplate;
  const texts: Record<string, string> = {};
  for (const file of row.files) {
    const template = readTextFile(join(packageFolder, 'templates', row.templatesOf ?? form, file), 'read').text;
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
