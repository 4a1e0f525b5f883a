import { createRequire } from 'node:module';

/** koffi, whose CommonJS face starts in half the time of the ESM one. In the command's bundle it stands itself. */
export const requireKoffi = () => createRequire(import.meta.filename)('koffi') as typeof import('koffi');
