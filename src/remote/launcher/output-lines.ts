/** The longest line, in bytes. A longer one is cut into several. */
const MAX_LINE = 64 << 10;

const NEWLINE = 0x0a;

/** Cuts what a program prints into lines. Holds at most one line, however much comes. */
export class OutputLines {
  readonly #take: (line: string) => void;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** @param take gets each line without its newline */
  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = Math.min(newline < 0 ? bytes.length : newline, at + MAX_LINE - this.#size);
      this.#parts.push(bytes.slice(at, end));
      this.#size += end - at;
      at = end;
      if (end === newline || this.#size === MAX_LINE) this.end();
      if (end === newline) at++;
    }
  }

  /** Passes on what has no newline yet. */
  end(): void {
    const line = Buffer.concat(this.#parts).toString();
    const any = this.#parts.length > 0;
    this.#parts = [];
    this.#size = 0;
    if (any) this.#take(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
