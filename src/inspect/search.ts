import type { Inspection } from './inspection.js';

/** A library that another one needs. */
export interface NeededLibrary {
  /** As the file has it. */
  name: string;
  /** Whether the system's loader would find it; `unknown` when only the system that it is for can tell. */
  state: 'found' | 'missing' | 'unknown';
  /** Where, when it is found. */
  path?: string;
}

/** Looks for one name. */
export type Search = (name: string) => Omit<NeededLibrary, 'name'>;

export const MISSING: ReturnType<Search> = { state: 'missing' };
export const UNKNOWN: ReturnType<Search> = { state: 'unknown' };

/** What of an inspection says where a library looks for what it needs. */
export type Needing = Pick<Inspection, 'format' | 'architecture' | 'os' | 'needed' | 'runPath' | 'runPathFirst'>;
