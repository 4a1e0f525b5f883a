import type { Readable } from 'node:stream';
import { cleaned } from '../../text/printable.js';
import { isHandshake } from './handshake.js';
import { OutputLines } from './output-lines.js';
import type { ProgramLogLine } from './program-log.js';

/** How much a program may print before its handshake, in bytes. */
const MAX_BEFORE = 64 << 10;

/** What came of waiting for a handshake: its line, or why there is none. */
export type FirstLine = { line: string } | { reason: string };

/** Reads a program's standard output: finds its handshake, and logs everything else to its end. */
export class FirstLines {
  /** The first line, whatever it is. */
  first: string | undefined;
  /** The handshake. */
  readonly handshake: Promise<FirstLine>;

  constructor(output: Readable, label: string, log: (line: ProgramLogLine) => void) {
    this.handshake = new Promise((resolve) => {
      let before = 0;
      let done = false;
      const settle = (result: FirstLine): void => {
        done = true;
        resolve(result);
      };
      const lines = new OutputLines((line) => {
        this.first ??= line;
        if (!done && isHandshake(line)) settle({ line });
        else if (line.trim() !== '') log({ label, level: 'info', message: cleaned(line) });
      });
      output.on('data', (bytes: Buffer) => {
        before += bytes.length;
        lines.add(bytes);
        if (!done && before >= MAX_BEFORE) settle({ reason: `it printed ${MAX_BEFORE} bytes without a handshake` });
      });
      output.on('error', () => {});
      output.on('close', () => {
        lines.end();
        settle({ reason: 'it closed its standard output without a handshake' });
      });
    });
  }
}
