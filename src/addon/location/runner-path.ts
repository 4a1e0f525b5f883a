import { join } from 'node:path';
import { buildFolder } from '../../addon.js';

/** The path of the program that runs isolated plugins, and guards other programs. */
export const RUNNER = join(buildFolder, 'Release/plughost-runner');
