import { join } from 'node:path';
import { buildFolder } from '../../addon.js';

/** The path of the program that runs isolated plugins. */
export const RUNNER = join(buildFolder, 'Release/plughost-runner');
