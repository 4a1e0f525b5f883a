// Whether a log of some size can be measured here: on the disk, and for a warm cache in memory.
import { readFileSync, statfsSync } from 'node:fs';

/** MiB for the outputs of the jobs, and for the programs themselves. */
const BESIDE = 1536;

/** Returns why there is no room for a log of `mib` MiB in `folder`, or undefined. `has` MiB of it are there already. */
export function noRoom(mib, folder, { has = 0, cold = false } = {}) {
  const { bavail, bsize } = statfsSync(folder);
  const disk = Math.floor((bavail * bsize) / 2 ** 20);
  if (disk < mib - has + BESIDE)
    return `it needs ${mib - has + BESIDE} MiB on the disk of temporary files (TMPDIR), and ${disk} are free`;
  const [, kib] = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  const memory = Math.floor(Number(kib) / 1024);
  if (!cold && memory < mib + BESIDE) {
    return `it needs ${mib + BESIDE} MiB of memory to stay in the page cache, and ${memory} are available`;
  }
  return undefined;
}
