import { UsageError } from '../errors/index.js';
import { describeValue } from '../text/describe.js';
import { NEW_FORMS, type NewForm, type NewFormName } from './new-forms.js';

const MAX_LENGTH = 64;
const NAME = /^[a-z][a-z0-9_-]*$/;
/** Devices of Windows, whatever suffix follows. No clone with such a file could be made there. */
const DEVICES = /^(aux|con|nul|prn|com\d|lpt\d)$/;

/**
 * Checks the name of a new plugin. It becomes the name of files, of a crate and of a target of CMake, and a part of an id.
 * @throws UsageError
 */
export function checkName(form: NewFormName, name: string): void {
  const refuse = (reason: string, hint: string): never => {
    throw new UsageError(`new: ${describeValue(name)}: ${reason}`, { hint });
  };
  if (!NAME.test(name) || name.length > MAX_LENGTH) {
    refuse(
      `a name begins with a letter from a to z, and has these letters, digits, - and _, at most ${MAX_LENGTH}`,
      name.includes('/')
        ? `the folder has a flag of its own: plughost new ${form} NAME --directory DIR`
        : `write: plughost new ${form} ${similarName(name) ?? 'NAME'}`,
    );
  }
  const { reserved: [names, what] = [/^$/, ''] }: NewForm = NEW_FORMS[form];
  if (DEVICES.test(name)) refuse('Windows keeps this name for a device', 'choose another one');
  if (names.test(name)) refuse(`this is ${what}`, 'choose another one');
}

/** Returns the name that was perhaps meant: `Slow Lines` is `slow-lines`. */
function similarName(name: string): string | undefined {
  const similar = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return NAME.test(similar) && similar.length <= MAX_LENGTH ? similar : undefined;
}
