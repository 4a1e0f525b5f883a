import { createRequire } from 'node:module';

/** Loads koffi as CommonJS, which takes half the time of its ESM form. The bundle of the command contains koffi. */
export const requireKoffi = () => createRequire(import.meta.filename)('koffi') as typeof import('koffi');
