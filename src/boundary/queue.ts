/** Admits a fixed number of callers at once. The others wait in order. */
export class Queue {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves with a function that gives the place back. Rejects with the signal's reason if it is aborted first. */
  enter(signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const release = () => {
        this.#free++;
        this.#next();
      };
      const enter = () => {
        signal?.removeEventListener('abort', giveUp);
        this.#free--;
        resolve(release);
      };
      const giveUp = () => {
        this.#waiting.delete(enter);
        reject(signal?.reason);
      };
      if (signal?.aborted) return giveUp();
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(enter);
      this.#next();
    });
  }

  #next(): void {
    for (const enter of this.#waiting) {
      if (this.#free === 0) return;
      this.#waiting.delete(enter);
      enter();
    }
  }
}
