import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** MiB. */
export interface MemoryOf {
  name: string;
  /** Resident and swapped-out memory of the process, with its page tables, in MiB. */
  process: number;
  /** Memory of its open memfds, in MiB, mapped or not. */
  nameless: number;
}

const MiB = 1 << 20;

/** Returns the memory of a process as the kernel counts it; nothing when the process is gone. */
export function memoryOf(pid: number): MemoryOf | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    const held = ['VmRSS', 'VmSwap', 'VmPTE', 'HugetlbPages'].map(bytes).reduce((sum, part) => sum + part);
    const name = /^Name:\s*(.*)$/m.exec(status)?.[1] ?? '';
    return { name, process: held / MiB, nameless: namelessOf(pid) / MiB };
  } catch {
    return undefined;
  }
}

/** Returns bytes. A file that is open several times counts once. */
function namelessOf(pid: number): number {
  const counted = new Map<number, number>();
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const path = `/proc/${pid}/fd/${descriptor}`;
      if (!readlinkSync(path).startsWith('/memfd:')) continue;
      const { ino, blocks } = statSync(path);
      counted.set(ino, blocks * 512);
    } catch {
      // The descriptor was closed since it was listed.
    }
  }
  return [...counted.values()].reduce((sum, size) => sum + size, 0);
}

/** Finds new descendants of a process. Reads each process only once. */
export class Descendants {
  readonly #parents = new Map<number, number>();
  readonly #others = new Set<number>();
  readonly #root: number;

  constructor(root: number) {
    this.#root = root;
  }

  find(): number[] {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    for (const pid of all.map(Number)) {
      if (this.#parents.has(pid) || this.#others.has(pid)) continue;
      const parent = parentOf(pid);
      if (parent === this.#root || this.#parents.has(parent)) this.#parents.set(pid, parent);
      else this.#others.add(pid);
    }
    return [...this.#parents.keys()];
  }
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The fields after the name, which may contain anything: state, parent.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return -1;
  }
}
