import type { Inspection } from './inspection.js';

/** A library that another library needs. */
export interface NeededLibrary {
  /** As the file states it. */
  name: string;
  /** Whether the dynamic loader would find it; `unknown` when this depends on another system. */
  state: 'found' | 'missing' | 'unknown';
  /** The file, if it is found. */
  path?: string;
}

/** Searches for a library by name. */
export type Search = (name: string) => Omit<NeededLibrary, 'name'>;

export const MISSING: ReturnType<Search> = { state: 'missing' };
export const UNKNOWN: ReturnType<Search> = { state: 'unknown' };

/** The part of an inspection that decides where the loader searches for needed libraries. */
export type Needing = Pick<Inspection, 'format' | 'architecture' | 'os' | 'needed' | 'runPath' | 'runPathFirst'>;
