import { addon } from '../../addon.js';

/** How many libraries the process holds, and how much memory they map. */
export interface LibraryStats {
  /** Mapped libraries. A mapping stays until the process ends. */
  mappings: number;
  /** Bytes of address space of all mappings. */
  mappedBytes: number;
  /** Open libraries of all threads. A library that is closed and opened again uses its mapping again. */
  open: number;
}

/** Counts the libraries of this process, opened by any thread. */
export function stats(): LibraryStats {
  const records = addon().registry.all();
  // Generations of an unchanged file share a mapping.
  const mapped = new Map(records.map(({ base, mapped }) => [base, mapped]));
  return {
    mappings: mapped.size,
    mappedBytes: [...mapped.values()].reduce((sum, bytes) => sum + bytes, 0),
    open: records.filter(({ retired }) => !retired).length,
  };
}
