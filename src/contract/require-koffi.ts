import { createRequire } from 'node:module';

/**
 * Loads koffi as CommonJS, which takes half the time of its ESM form. The bundle of the command contains koffi. A bundle
 * in CommonJS that others make has no `import.meta`.
 */
export const requireKoffi = () => createRequire(import.meta.filename ?? __filename)('koffi') as typeof import('koffi');
