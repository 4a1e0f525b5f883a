import { addon } from '../../addon.js';

/** What the process holds of libraries. */
export interface LibraryStats {
  /** Mappings of libraries: each stays until the process ends. */
  mappings: number;
  /** Bytes of address space of all mappings. */
  mappedBytes: number;
  /** Libraries that are open, of all threads; each may be closed and opened again on the same mapping. */
  open: number;
}

/** Counts the libraries of this process, of whichever thread. */
export function stats(): LibraryStats {
  const records = addon().registry.all();
  // Generations of a file that did not change share a mapping.
  const mapped = new Map(records.map(({ base, mapped }) => [base, mapped]));
  return {
    mappings: mapped.size,
    mappedBytes: [...mapped.values()].reduce((sum, bytes) => sum + bytes, 0),
    open: records.filter(({ retired }) => !retired).length,
  };
}
