import { createRequire } from 'node:module';

// The CommonJS face starts in half the time of the ESM one. In the command's bundle it stands itself: scripts/build.mjs.
export const koffi = createRequire(import.meta.filename)('koffi') as typeof import('koffi');
