import { join } from 'node:path';
import { buildFolder } from '../../addon.js';

/** The path of the program in whose processes isolated plugins run. */
export const RUNNER = join(buildFolder, 'Release/plughost-runner');
