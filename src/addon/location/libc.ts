/** What @types/node does not know yet. */
interface Reports {
  excludeNetwork?: boolean;
  getReport(): { header: { glibcVersionRuntime?: string } };
}

/** Returns the version of glibc that this Node runs with; undefined with another C library. Takes milliseconds. */
export function glibcVersion(): string | undefined {
  const report = process.report as unknown as Reports;
  const excluded = report.excludeNetwork ?? false;
  // Otherwise the report looks up the names of the hosts of all connections.
  report.excludeNetwork = true;
  try {
    return report.getReport().header.glibcVersionRuntime;
  } finally {
    report.excludeNetwork = excluded;
  }
}

export const hasGlibc = (): boolean => glibcVersion() !== undefined;
